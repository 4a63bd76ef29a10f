# What fine-tuning is compared with: the network of PCM3 on NTU RGB+D 60, X-view, from random weights.
_base_ = '../finetune/pcm3_ntu60_xview.py'
