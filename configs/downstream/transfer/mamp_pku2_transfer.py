# MAMP pretrained on NTU RGB+D 60, X-sub, fine-tuned on PKU-MMD II, X-sub.
_base_ = '../../mamp_ntu60.py'
from mamp_plugin.recipes import transfer

globals().update(transfer(_base_, to='{{ fileDirname }}/../../mamp_pku2.py'))
