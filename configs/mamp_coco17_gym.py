# MAMP on FineGYM, as 2D skeletons.
_base_ = ['./_base_/mamp_2d.py', './_base_/datasets/coco17_gym.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
