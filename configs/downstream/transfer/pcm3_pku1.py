# PCM3 from another data set of the same joints (load_from), fine-tuned on PKU-MMD I, X-sub.
_base_ = '../finetune/pcm3_pku1.py'
