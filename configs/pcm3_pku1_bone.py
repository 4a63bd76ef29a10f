# PCM3 on PKU-MMD I, X-sub, bone stream.
_base_ = './pcm3_pku1.py'
from mamp_plugin.recipes import stream

globals().update(stream(_base_, 'bone'))
