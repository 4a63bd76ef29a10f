# MAMP on UTD-MHAD, standard split.
_base_ = ['./_base_/mamp_small.py', './_base_/datasets/utd.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
