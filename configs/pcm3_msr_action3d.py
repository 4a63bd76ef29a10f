# PCM3 on MSR Action3D, X-sub.
_base_ = ['./_base_/pcm3_small.py', './_base_/datasets/msr_action3d.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
