# PCM3 on NTU RGB+D 60, X-sub, motion stream: a linear classifier on the frozen encoder.
_base_ = ['../_base_/linear_pcm3.py', '../../_base_/pipelines/pcm3_motion.py', '../../_base_/datasets/ntu60_xsub.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
