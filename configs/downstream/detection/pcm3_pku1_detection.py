# PCM3 on PKU-MMD I, X-sub: detection in untrimmed sequences.
_base_ = '../../pcm3_pku1.py'
from mamp_plugin.recipes import detection

globals().update(detection(_base_))
