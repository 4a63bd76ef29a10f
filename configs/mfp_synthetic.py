# Masked feature prediction on the synthetic data.
_base_ = ['./mamp_synthetic.py', './_base_/models/mfp.py']

model = _base_.as_mfp
