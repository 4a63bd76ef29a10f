# PCM3 on NTU RGB+D 60, X-sub, as 2D skeletons.
_base_ = ['./_base_/pcm3_2d.py', './_base_/datasets/coco17_ntu60_xsub.py']
from mamp_plugin.recipes import pretrain

globals().update(pretrain(_base_))
