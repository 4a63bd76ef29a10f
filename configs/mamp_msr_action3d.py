# MAMP on MSR Action3D, X-sub.
_base_ = ['./_base_/mamp_small.py', './_base_/datasets/msr_action3d.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
