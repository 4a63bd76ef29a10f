# Tiny recognizer on a share of the synthetic data, for tests that train.
_base_ = ['../../configs/_base_/default_runtime.py']

pipeline = [
    dict(type='CropResizeFrames', window=12, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
model = dict(
    type='RecognizerGCN',
    backbone=dict(
        type='SkeletonTransformer',
        layout='nturgb+d',
        num_frames=12,
        embed_dims=8,
        depth=1,
        num_heads=2,
        temporal_patch=4,
    ),
    cls_head=dict(type='GCNHead', num_classes=16, in_channels=8),
)
data = dict(type='SyntheticSkeletonDataset', num_subjects=2, pipeline=pipeline)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='SubsetDataset', fraction=0.1, dataset=data),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(data, indices=16, test_mode=True),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
default_hooks = dict(checkpoint=None)
