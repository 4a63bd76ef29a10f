# MAMP on the synthetic data: the network of fine-tuning, from random weights.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import scratch

globals().update(scratch(_base_))
