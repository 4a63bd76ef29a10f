# PCM3 on PKU-MMD II, X-sub, bone stream.
_base_ = ['./_base_/pcm3_bone.py', './_base_/datasets/pku2_xsub.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
