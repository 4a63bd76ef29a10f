# What fine-tuning is compared with: the network of PCM3 on PKU-MMD II, X-sub, from random weights.
_base_ = '../finetune/pcm3_pku2.py'
