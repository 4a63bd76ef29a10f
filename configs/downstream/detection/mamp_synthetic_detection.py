# MAMP on the synthetic data: detection in untrimmed sequences.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import detection

globals().update(detection(_base_))
