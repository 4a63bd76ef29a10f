# PCM3 on NTU RGB+D 60, X-sub: fine-tuning.
_base_ = '../../pcm3_ntu60.py'
from mamp_plugin.recipes import finetune

globals().update(finetune(_base_))
