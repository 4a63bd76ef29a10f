# MAMP with a cross-attention decoder on NTU RGB+D 60, X-view.
_base_ = ['./mamp_ntu60_xview.py', './_base_/models/mamp_query.py']

model = _base_.as_query
