# MAMP on NTU RGB+D 120, X-set: fine-tuning.
_base_ = '../../mamp_ntu120_xset.py'
from mamp_plugin.recipes import finetune

globals().update(finetune(_base_))
