# PCM3 on UTD-MHAD, standard split.
_base_ = ['./_base_/parts/pcm3_utd.py', './_base_/schedules/pcm3_451e.py', './_base_/datasets/utd.py']

train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
