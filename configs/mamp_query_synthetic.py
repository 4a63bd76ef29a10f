# MAMP with a cross-attention decoder on the synthetic data.
_base_ = ['./mamp_published_synthetic.py', './_base_/models/mamp_query.py']

model = _base_.as_query
