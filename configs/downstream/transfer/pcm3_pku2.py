# PCM3 from another data set of the same joints (load_from), fine-tuned on PKU-MMD II, X-sub.
_base_ = '../finetune/pcm3_pku2.py'
