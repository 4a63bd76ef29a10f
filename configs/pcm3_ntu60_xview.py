# PCM3 on NTU RGB+D 60, X-view.
_base_ = ['./_base_/pcm3.py', './_base_/pipelines/pcm3.py', './_base_/datasets/ntu60_xview.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
