# PCM3 on NTU RGB+D 60, X-sub.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/ntu60_xsub.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
