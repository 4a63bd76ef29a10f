# PCM3 on the synthetic data: linear evaluation with body parts or frames hidden.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import occlusion

globals().update(occlusion(_base_))
