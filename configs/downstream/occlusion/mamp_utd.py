# MAMP on UTD-MHAD, standard split: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/mamp_utd.py', '../_base_/occlusion.py']
