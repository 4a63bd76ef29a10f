# What fine-tuning is compared with: the network of PCM3 on SBU Kinect Interaction, first fold, from random weights.
_base_ = '../finetune/pcm3_sbu.py'
