# PCM3 on the synthetic data: fine-tuning with a tenth of the labels.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import semi

globals().update(semi(_base_))
