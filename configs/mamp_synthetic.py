# MAMP on the synthetic data: small enough for two processor cores.
_base_ = ['./_base_/mamp.py', './_base_/datasets/synthetic.py']

model = dict(
    backbone=dict(num_frames=24, embed_dims=64, depth=3, num_heads=4),
    neck=dict(embed_dims=64, depth=1, num_heads=4),
    skip_empty_persons=True,
)
train_pipeline = [
    dict(type='CentreSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=24, proportion=(0.5, 1), min_frames=32),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='CentreSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=24, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(batch_size=8, num_workers=0, dataset=dict(pipeline=train_pipeline, **_base_.train_data))
train_cfg = dict(max_epochs=60)
param_scheduler = [dict(type='WarmupCosineLR', warmup=3, min_ratio=0.05, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=16)
default_hooks = dict(logger=dict(interval=50))
