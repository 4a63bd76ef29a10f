# PCM3 on SBU Kinect Interaction, first fold: the linear classifier tested with body parts or frames hidden.
_base_ = ['../linear/pcm3_sbu.py', '../_base_/occlusion.py']
