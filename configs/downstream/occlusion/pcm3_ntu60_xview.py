# PCM3 on NTU RGB+D 60, X-view: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_ntu60_xview.py', '../_base_/occlusion.py']
