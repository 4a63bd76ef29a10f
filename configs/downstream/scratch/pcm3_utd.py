# What fine-tuning is compared with: the network of PCM3 on UTD-MHAD, standard split, from random weights.
_base_ = '../finetune/pcm3_utd.py'
