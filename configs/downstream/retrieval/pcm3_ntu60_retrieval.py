# PCM3 on NTU RGB+D 60, X-sub: nearest neighbors.
_base_ = '../../pcm3_ntu60.py'
from mamp_plugin.recipes import retrieval

globals().update(retrieval(_base_))
