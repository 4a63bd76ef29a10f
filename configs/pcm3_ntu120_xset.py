# PCM3 on NTU RGB+D 120, X-set.
_base_ = ['./_base_/pcm3.py', './_base_/pipelines/pcm3.py', './_base_/datasets/ntu120_xset.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
