# PCM3 on the synthetic data: linear evaluation.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
