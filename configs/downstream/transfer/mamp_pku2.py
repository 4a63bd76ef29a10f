# MAMP from another data set of the same joints (load_from), fine-tuned on PKU-MMD II, X-sub.
_base_ = '../finetune/mamp_pku2.py'
