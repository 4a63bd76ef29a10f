# PCM3 on PKU-MMD II, X-sub, bone stream.
_base_ = './pcm3_pku2.py'
from mamp_plugin.recipes import stream

globals().update(stream(_base_, 'bone'))
