# MAMP on UTD-MHAD, standard split.
_base_ = ['./_base_/parts/mamp_utd.py', './_base_/schedules/mamp_400e.py', './_base_/datasets/utd.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
