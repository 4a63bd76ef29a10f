# What fine-tuning is compared with: the network of MAMP on PKU-MMD I, X-sub, from random weights.
_base_ = '../finetune/mamp_pku1.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
