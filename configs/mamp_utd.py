# MAMP on UTD-MHAD, standard split.
_base_ = ['./_base_/mamp.py', './_base_/families/mamp_utd.py', './_base_/datasets/utd.py']

model = dict(backbone=_base_.encoder, neck=_base_.decoder)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
