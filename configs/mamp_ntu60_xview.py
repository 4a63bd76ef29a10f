# MAMP on NTU RGB+D 60, X-view.
_base_ = ['./_base_/mamp.py', './_base_/datasets/ntu60_xview.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
