# The masked autoencoder on NTU RGB+D 120, X-sub.
_base_ = './mamp_ntu120.py'

model = _base_.as_mae
