# MAMP from another data set of the same joints (load_from), fine-tuned on NTU RGB+D 60, X-sub.
_base_ = '../finetune/mamp_ntu60.py'
