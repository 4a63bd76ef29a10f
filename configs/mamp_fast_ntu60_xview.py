# MAMP for speed on NTU RGB+D 60, X-view; see _base_/mamp_fast.py.
_base_ = ['./mamp_ntu60_xview.py', './_base_/mamp_fast.py']

globals().update(_base_.as_fast)
