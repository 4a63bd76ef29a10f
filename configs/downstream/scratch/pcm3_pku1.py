# What fine-tuning is compared with: the network of PCM3 on PKU-MMD I, X-sub, from random weights.
_base_ = '../finetune/pcm3_pku1.py'
