# PCM3 on NTU RGB+D 60, X-sub, motion stream.
_base_ = './pcm3_ntu60.py'
from mamp_plugin.recipes import stream

globals().update(stream(_base_, 'motion'))
