# PCM3 from another data set of the same joints (load_from), fine-tuned on NTU RGB+D 60, X-view.
_base_ = '../finetune/pcm3_ntu60_xview.py'
