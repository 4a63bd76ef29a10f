# MAMP as published, with a small model, on UTD-MHAD, standard split.
_base_ = ['./_base_/mamp_small_published.py', './_base_/datasets/utd.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
