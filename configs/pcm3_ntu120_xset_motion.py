# PCM3 on NTU RGB+D 120, X-set, motion stream.
_base_ = './pcm3_ntu120_xset.py'
from mamp_plugin.recipes import stream

globals().update(stream(_base_, 'motion'))
