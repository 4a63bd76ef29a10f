# What fine-tuning is compared with: the network of MAMP on NTU RGB+D 120, X-set, from random weights.
_base_ = '../finetune/mamp_ntu120_xset.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
