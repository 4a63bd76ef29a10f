# PCM3 on PKU-MMD I, X-sub.
_base_ = ['./_base_/pcm3.py', './_base_/pipelines/pcm3.py', './_base_/datasets/pku1_xsub.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
