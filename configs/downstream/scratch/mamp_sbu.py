# What fine-tuning is compared with: the network of MAMP on SBU Kinect Interaction, first fold, from random weights.
_base_ = '../finetune/mamp_sbu.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
