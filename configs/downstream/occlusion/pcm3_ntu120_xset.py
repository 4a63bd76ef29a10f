# PCM3 on NTU RGB+D 120, X-set: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_ntu120_xset.py', '../_base_/occlusion.py']
