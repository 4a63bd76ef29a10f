# mmaction2's STGCN on joints of UTD-MHAD, standard split.
_base_ = ['../_base_/stgcn.py', '../../_base_/datasets/utd.py']
from mamp_plugin.recipes import supervised

globals().update(supervised(_base_, clip_len=64, small=True))
