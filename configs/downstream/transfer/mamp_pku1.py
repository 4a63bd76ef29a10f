# MAMP from another data set of the same joints (load_from), fine-tuned on PKU-MMD I, X-sub.
_base_ = '../finetune/mamp_pku1.py'
