# MAMP on the synthetic data: fine-tuning.
_base_ = '../../mamp_synthetic.py'
from mamp_plugin.recipes import finetune

globals().update(finetune(_base_))
