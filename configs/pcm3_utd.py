# PCM3 on UTD-MHAD, standard split: a small model for a small set.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/utd.py']

# 431 sequences do not fill the published model, and a longer queue would hold each of them more than once
model = dict(
    backbone=dict(layout='kinect_v1', num_persons=1, hidden_dims=256),
    decoder=dict(hidden_dims=256),
    queue_size=256,
    task_prompt_dims=64,
)
normalise = [
    dict(type='PadEmptyFrames'),
    dict(type='CentreSkeleton', layout='kinect_v1', frame='every', align=True),
]
crop = dict(type='CropResizeFrames', window=64, proportion=(0.1, 1), min_frames=32)
corrupt = dict(type='CorruptJoints', layout='kinect_v1', share=0.6, zero_prob=0.5)
corrupt_or_shear = dict(type='RandomChoice', transforms=[[corrupt], [_base_.shear]])
pack = [
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
augment = [
    *normalise,
    dict(type='MultiView', views=[[crop, corrupt_or_shear], [crop, corrupt_or_shear], [crop, _base_.shear]]),
]
resize = [
    *normalise,
    dict(type='CropResizeFrames', window=64, proportion=(0.95,)),
]
train_pipeline = augment + pack
test_pipeline = resize + pack
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=train_pipeline, **_base_.train_data))
