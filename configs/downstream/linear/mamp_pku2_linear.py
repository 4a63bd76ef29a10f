# MAMP on PKU-MMD II, X-sub: linear evaluation.
_base_ = '../../mamp_pku2.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
