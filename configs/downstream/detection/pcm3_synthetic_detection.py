# PCM3 on the synthetic data: detection in untrimmed sequences.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import detection

globals().update(detection(_base_))
