# PCM3 on NTU RGB+D 60, X-view, bone stream.
_base_ = './pcm3_ntu60_xview.py'
from mamp_plugin.recipes import stream

globals().update(stream(_base_, 'bone'))
