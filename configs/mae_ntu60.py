# The masked autoencoder on NTU RGB+D 60, X-sub.
_base_ = './mamp_ntu60.py'

model = _base_.as_mae
