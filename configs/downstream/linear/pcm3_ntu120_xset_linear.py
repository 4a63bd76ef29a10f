# PCM3 on NTU RGB+D 120, X-set: linear evaluation.
_base_ = '../../pcm3_ntu120_xset.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
