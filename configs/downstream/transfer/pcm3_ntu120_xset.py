# PCM3 from another data set of the same joints (load_from), fine-tuned on NTU RGB+D 120, X-set.
_base_ = '../finetune/pcm3_ntu120_xset.py'
