# MAMP on NTU RGB+D 60, X-sub: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/mamp_ntu60.py', '../_base_/occlusion.py']
