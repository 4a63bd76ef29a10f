# PCM3 on PKU-MMD I, X-sub.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/pku1_xsub.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
