# What fine-tuning is compared with: the network of MAMP on UTD-MHAD, standard split, from random weights.
_base_ = '../finetune/mamp_utd.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
