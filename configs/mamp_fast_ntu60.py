# MAMP for speed on NTU RGB+D 60, X-sub; see _base_/mamp_fast.py.
_base_ = ['./mamp_ntu60.py', './_base_/mamp_fast.py']

globals().update(_base_.as_fast)
