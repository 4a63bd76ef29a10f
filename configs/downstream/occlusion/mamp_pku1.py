# MAMP on PKU-MMD I, X-sub: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/mamp_pku1.py', '../_base_/occlusion.py']
