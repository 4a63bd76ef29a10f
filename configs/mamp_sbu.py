# MAMP on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/mamp_small.py', './_base_/datasets/sbu.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
