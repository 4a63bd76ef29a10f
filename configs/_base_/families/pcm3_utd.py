# A PCM3 of the size of UTD-MHAD.
_base_ = '../pipelines/pcm3.py'

# 431 sequences do not fill the published model, and a longer queue would hold each of them more than once
encoder = dict(layout='kinect_v1', num_persons=1, hidden_dims=128, num_layers=2)
around = dict(
    decoder=dict(hidden_dims=128, num_layers=1),
    queue_size=256,
    task_prompt_dims=32,
)
normalise = [
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', layout='kinect_v1', frame='every', align=True),
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
recrop = [
    *normalise,
    dict(type='CropResizeFrames', window=64, proportion=(0.5, 1), min_frames=32),
]
resize = [
    *normalise,
    dict(type='CropResizeFrames', window=64, proportion=(0.95,)),
]
train_pipeline = augment + pack
crop_pipeline = recrop + pack
test_pipeline = resize + pack
