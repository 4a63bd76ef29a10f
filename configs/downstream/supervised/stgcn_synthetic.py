# mmaction2's own STGCN, small enough for a processor, on the synthetic set: X-sub, bones, 16 actions.
_base_ = [
    'mmaction::skeleton/stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
    '../../_base_/plugin.py',
    '../../_base_/datasets/synthetic.py',
]

model = dict(
    backbone=dict(base_channels=16, num_stages=4, inflate_stages=[2, 3], down_stages=[2, 3]),
    cls_head=dict(num_classes=_base_.data_info.num_classes, in_channels=64),
)

# bones do not depend on where a person stands, so nothing needs to be centered
train_pipeline = [
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='GenSkeFeat', dataset='nturgb+d', feats=['b']),
    dict(type='UniformSampleFrames', clip_len=48),
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
val_pipeline = [
    dict(type='GenSkeFeat', dataset='nturgb+d', feats=['b']),
    dict(type='UniformSampleFrames', clip_len=48, num_clips=1, test_mode=True),
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
test_pipeline = val_pipeline
train_dataset = dict(_delete_=True, pipeline=train_pipeline, **_base_.train_data)
val_dataset = dict(_base_.train_data, **_base_.data_info.val, _delete_=True, pipeline=val_pipeline, test_mode=True)
train_dataloader = dict(num_workers=1, persistent_workers=False, dataset=train_dataset)
val_dataloader = dict(batch_size=32, num_workers=1, dataset=val_dataset)
test_dataloader = dict(batch_size=32, num_workers=1, dataset=val_dataset)

max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, T_max=max_epochs, by_epoch=True, convert_to_iter_based=True)
]
