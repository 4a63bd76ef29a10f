# PCM3 on NTU RGB+D 60, X-view: fine-tuning.
_base_ = '../../pcm3_ntu60_xview.py'
from mamp_plugin.recipes import finetune

globals().update(finetune(_base_))
