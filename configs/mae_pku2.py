# The masked autoencoder on PKU-MMD II, X-sub.
_base_ = './mamp_pku2.py'

model = _base_.as_mae
