# PCM3 on untrimmed sequences of the synthetic data: which action goes on in every frame, from the frozen encoder.
_base_ = [
    '../_base_/detection_pcm3.py',
    '../../_base_/families/pcm3_synthetic.py',
    '../../_base_/datasets/synthetic_untrimmed.py',
]

model = dict(
    backbone=dict(_base_.encoder, frozen_stages=_base_.encoder.num_layers),
    cls_head=dict(num_classes=_base_.num_classes, in_channels=2 * _base_.encoder.hidden_dims),
)
train_dataloader = dict(
    batch_size=64, num_workers=1, dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.train_data)
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.val_data))
test_dataloader = val_dataloader
