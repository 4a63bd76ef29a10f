# Masked feature prediction on NTU RGB+D 60, X-sub.
_base_ = ['./mamp_ntu60.py', './_base_/models/mfp.py']

model = _base_.as_mfp
