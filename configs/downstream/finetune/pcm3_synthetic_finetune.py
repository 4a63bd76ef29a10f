# PCM3 on the synthetic data: fine-tuning.
_base_ = '../../pcm3_synthetic.py'
from mamp_plugin.recipes import finetune

globals().update(finetune(_base_))
