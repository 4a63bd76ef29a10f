# PCM3 on NTU RGB+D 60, X-sub, with masks drawn by the workers of the data loader.
_base_ = './pcm3_ntu60.py'
from mamp_plugin.recipes import mask_in_pipeline

globals().update(mask_in_pipeline(_base_))
