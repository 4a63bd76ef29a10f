# MAMP on NTU RGB+D 120, X-sub: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/mamp_ntu120.py', '../_base_/occlusion.py']
