# PCM3 on NTU RGB+D 120, X-sub, bone stream.
_base_ = ['./_base_/pcm3_bone.py', './_base_/datasets/ntu120_xsub.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
