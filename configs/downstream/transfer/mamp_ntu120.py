# MAMP from another data set of the same joints (load_from), fine-tuned on NTU RGB+D 120, X-sub.
_base_ = '../finetune/mamp_ntu120.py'
