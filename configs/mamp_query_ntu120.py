# MAMP with a cross-attention decoder on NTU RGB+D 120, X-sub.
_base_ = ['./mamp_ntu120.py', './_base_/models/mamp_query.py']

model = _base_.as_query
