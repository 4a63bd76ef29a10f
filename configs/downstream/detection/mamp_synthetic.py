# MAMP on untrimmed sequences of the synthetic data: which action goes on in every frame, from the frozen encoder.
_base_ = [
    '../_base_/detection_mamp.py',
    '../../_base_/families/mamp_synthetic.py',
    '../../_base_/datasets/synthetic_untrimmed.py',
]

model = dict(
    backbone=dict(_base_.encoder, frozen_stages=_base_.encoder.depth),
    cls_head=dict(num_classes=_base_.num_classes, in_channels=_base_.encoder.embed_dims),
)
windows = dict(window=_base_.encoder.num_frames, stride=_base_.encoder.num_frames // 2)
train_dataloader = dict(
    batch_size=64, num_workers=1, dataset=dict(pipeline=_base_.turned_pipeline, **windows, **_base_.train_data)
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=_base_.window_pipeline, **windows, **_base_.val_data))
test_dataloader = val_dataloader
