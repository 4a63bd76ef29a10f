# The masked autoencoder on NTU RGB+D 60, X-view.
_base_ = './mamp_ntu60_xview.py'

model = _base_.as_mae
