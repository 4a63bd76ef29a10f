# MAMP on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/parts/mamp_sbu.py', './_base_/schedules/mamp_400e.py', './_base_/datasets/sbu.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
