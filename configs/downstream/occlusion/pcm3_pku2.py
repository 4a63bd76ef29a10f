# PCM3 on PKU-MMD II, X-sub: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_pku2.py', '../_base_/occlusion.py']
