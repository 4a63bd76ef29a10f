# MAMP on the synthetic data: fine-tuning with a tenth of the labels.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import semi

globals().update(semi(_base_))
