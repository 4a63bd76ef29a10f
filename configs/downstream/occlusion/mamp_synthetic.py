# MAMP on the synthetic data: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/mamp_synthetic.py', '../_base_/occlusion.py']
