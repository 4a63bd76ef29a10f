# Nearest neighbours among features of MAMP on PKU-MMD II, X-sub.
_base_ = ['../../mamp_pku2.py', '../_base_/retrieval.py']

test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, gallery=_base_.train_data, queries=_base_.val_data))
custom_hooks = [*_base_.custom_hooks, _base_.neighbour_hook]
