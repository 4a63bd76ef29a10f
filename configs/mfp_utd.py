# Masked feature prediction on UTD-MHAD, standard split.
_base_ = ['./mamp_published_utd.py', './_base_/models/mfp.py']

model = _base_.as_mfp
