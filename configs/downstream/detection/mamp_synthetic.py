# MAMP on untrimmed sequences of the synthetic data: which action goes on in every frame, from the frozen encoder.
_base_ = [
    '../../_base_/parts/mamp_synthetic.py',
    '../../_base_/datasets/synthetic_untrimmed.py',
    '../_base_/detection_mamp.py',
]

encoder = _base_.model.backbone
model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(encoder, frozen_stages=encoder.depth),
    cls_head=dict(
        type='FrameHead',
        num_classes=_base_.num_classes,
        in_channels=encoder.embed_dims,
        temporal_patch=encoder.temporal_patch,
        norm=True,
    ),
)
windows = dict(window=encoder.num_frames, stride=encoder.num_frames // 2)
train_dataloader = dict(
    batch_size=64, num_workers=1, dataset=dict(pipeline=_base_.turned_pipeline, **windows, **_base_.train_data)
)
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=_base_.window_pipeline, **windows, **_base_.val_data))
test_dataloader = val_dataloader
