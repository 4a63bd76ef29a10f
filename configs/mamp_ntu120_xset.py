# MAMP on NTU RGB+D 120, X-set: a sharper mask and a deeper decoder.
_base_ = ['./_base_/mamp.py', './_base_/datasets/ntu120_xset.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_, model=dict(masking=dict(tau=0.75), neck=dict(depth=5))))
