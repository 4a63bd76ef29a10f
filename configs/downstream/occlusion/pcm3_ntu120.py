# PCM3 on NTU RGB+D 120, X-sub: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_ntu120.py', '../_base_/occlusion.py']
