# What fine-tuning is compared with: the network of PCM3 on NTU RGB+D 120, X-sub, from random weights.
_base_ = '../finetune/pcm3_ntu120.py'
