# PCM3 on PKU-MMD II, X-sub: linear evaluation.
_base_ = '../../pcm3_pku2.py'
from mamp_plugin.recipes import linear

globals().update(linear(_base_))
