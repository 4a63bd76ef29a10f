# PCM3 on NTU RGB+D 120, X-set.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/ntu120_xset.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
