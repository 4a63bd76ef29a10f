# Nearest neighbours among features of PCM3 on NTU RGB+D 120, X-set, motion stream.
_base_ = ['../../pcm3_ntu120_xset_motion.py', '../_base_/retrieval.py']

test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, gallery=_base_.train_data, queries=_base_.val_data))
custom_hooks = [*_base_.custom_hooks, _base_.neighbour_hook]
