# PCM3 on PKU-MMD II, X-sub.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/pku2_xsub.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
