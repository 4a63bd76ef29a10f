# What fine-tuning is compared with: the network of MAMP on the synthetic data, from random weights.
_base_ = '../finetune/mamp_synthetic.py'

optim_wrapper = dict(paramwise_cfg=dict(layer_decay=1.0))
