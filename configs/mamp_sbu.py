# MAMP on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/mamp.py', './_base_/families/mamp_sbu.py', './_base_/datasets/sbu.py']

model = dict(backbone=_base_.encoder, neck=_base_.decoder)
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
