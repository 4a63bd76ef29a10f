# What fine-tuning is compared with: the network of PCM3 on the synthetic data, from random weights.
_base_ = '../finetune/pcm3_synthetic.py'
