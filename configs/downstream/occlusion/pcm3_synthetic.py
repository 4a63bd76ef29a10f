# PCM3 on the synthetic data: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_synthetic.py', '../_base_/occlusion.py']
