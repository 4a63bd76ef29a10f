# MAMP with a cross-attention decoder on NTU RGB+D 120, X-set.
_base_ = ['./mamp_ntu120_xset.py', './_base_/models/mamp_query.py']

model = _base_.as_query
