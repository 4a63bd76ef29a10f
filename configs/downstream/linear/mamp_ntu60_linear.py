# MAMP on NTU RGB+D 60, X-sub: linear evaluation.
_base_ = '../../mamp_ntu60.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
