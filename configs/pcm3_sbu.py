# PCM3 on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/parts/pcm3_sbu.py', './_base_/schedules/pcm3_451e.py', './_base_/datasets/sbu.py']

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
