# The masked autoencoder on NTU RGB+D 120, X-set.
_base_ = './mamp_ntu120_xset.py'

model = _base_.as_mae
