# MAMP on the synthetic data: nearest neighbors.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import retrieval

globals().update(retrieval(_base_))
