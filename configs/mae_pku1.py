# The masked autoencoder on PKU-MMD I, X-sub.
_base_ = './mamp_pku1.py'

model = _base_.as_mae
