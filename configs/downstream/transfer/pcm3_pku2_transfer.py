# PCM3 pretrained on NTU RGB+D 60, X-sub, fine-tuned on PKU-MMD II, X-sub.
_base_ = '../../pcm3_ntu60.py'
from mamp_plugin.recipes import transfer

globals().update(transfer(_base_, to='{{ fileDirname }}/../../pcm3_pku2.py'))
