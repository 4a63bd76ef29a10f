# The masked autoencoder on UTD-MHAD, standard split.
_base_ = './mamp_published_utd.py'

model = _base_.as_mae
