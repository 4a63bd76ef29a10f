# MAMP on Northwestern-UCLA, X-view.
_base_ = ['./_base_/mamp_small.py', './_base_/datasets/nw_ucla.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
