# MAMP with a cross-attention decoder on PKU-MMD II, X-sub.
_base_ = ['./mamp_pku2.py', './_base_/models/mamp_query.py']

model = _base_.as_query
