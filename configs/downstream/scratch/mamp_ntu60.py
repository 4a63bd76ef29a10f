# What fine-tuning is compared with: the network of MAMP on NTU RGB+D 60, X-sub, from random weights.
_base_ = '../finetune/mamp_ntu60.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
