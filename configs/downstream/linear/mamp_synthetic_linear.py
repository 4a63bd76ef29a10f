# MAMP on the synthetic data: linear evaluation.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
