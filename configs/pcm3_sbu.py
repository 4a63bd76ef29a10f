# PCM3 on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/pcm3.py', './_base_/families/pcm3_sbu.py', './_base_/datasets/sbu.py']

model = dict(backbone=_base_.encoder, **_base_.around)
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
