# PCM3 on UTD-MHAD, standard split: a linear classifier on the frozen encoder.
_base_ = ['../_base_/linear_pcm3.py', '../../_base_/families/pcm3_utd.py', '../../_base_/datasets/utd.py']

model = dict(
    backbone=dict(_base_.encoder, frozen_stages=_base_.encoder.num_layers),
    cls_head=dict(num_classes=_base_.num_classes, in_channels=2 * _base_.encoder.hidden_dims),
)
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
