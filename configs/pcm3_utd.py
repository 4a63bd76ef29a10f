# PCM3 on UTD-MHAD, standard split.
_base_ = ['./_base_/pcm3.py', './_base_/families/pcm3_utd.py', './_base_/datasets/utd.py']

model = dict(backbone=_base_.encoder, **_base_.around)
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
