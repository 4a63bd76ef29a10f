# PCM3 on the synthetic data: nearest neighbors.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import retrieval

globals().update(retrieval(_base_))
