# mmaction2's AAGCN on joints of NTU RGB+D 60, X-sub.
_base_ = ['../_base_/aagcn.py', '../../_base_/datasets/ntu60_xsub.py']
from mamp_plugin.recipes import supervised

globals().update(supervised(_base_))
