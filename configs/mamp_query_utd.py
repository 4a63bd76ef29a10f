# MAMP with a cross-attention decoder on UTD-MHAD, standard split.
_base_ = ['./mamp_published_utd.py', './_base_/models/mamp_query.py']

model = _base_.as_query
