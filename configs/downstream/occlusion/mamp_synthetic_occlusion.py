# MAMP on the synthetic data: linear evaluation with body parts or frames hidden.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import occlusion

globals().update(occlusion(_base_))
