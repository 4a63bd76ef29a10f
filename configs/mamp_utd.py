# MAMP on UTD-MHAD, standard split: a small model for a small set.
_base_ = ['./_base_/mamp.py', './_base_/datasets/utd.py']

# 431 sequences do not fill the published model
model = dict(
    backbone=dict(layout='kinect_v1', num_frames=64, embed_dims=128, depth=6, num_heads=4),
    neck=dict(embed_dims=128, depth=3, num_heads=4),
)
train_pipeline = [
    dict(type='CentreSkeleton', layout='kinect_v1', frame='first'),
    dict(type='CropResizeFrames', window=64, proportion=(0.5, 1), min_frames=32),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='CentreSkeleton', layout='kinect_v1', frame='first'),
    dict(type='CropResizeFrames', window=64, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.train_data))
