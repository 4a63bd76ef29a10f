# A PCM3 of the size of SBU Kinect Interaction.
_base_ = '../pipelines/pcm3.py'

# some 230 sequences of 10 to 46 frames; a longer queue would hold each of them more than once
encoder = dict(layout='sbu', hidden_dims=256)
around = dict(
    decoder=dict(hidden_dims=256),
    mixing=dict(span=(4, 7)),
    queue_size=128,
    task_prompt_dims=64,
)
normalise = [
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', layout='sbu', frame='every', align=True),
]
crop = dict(type='CropResizeFrames', window=40, proportion=(0.1, 1), min_frames=16)
corrupt = dict(type='CorruptJoints', layout='sbu', share=0.6, zero_prob=0.5)
corrupt_or_shear = dict(type='RandomChoice', transforms=[[corrupt], [_base_.shear]])
augment = [
    *normalise,
    dict(type='MultiView', views=[[crop, corrupt_or_shear], [crop, corrupt_or_shear], [crop, _base_.shear]]),
]
recrop = [
    *normalise,
    dict(type='CropResizeFrames', window=40, proportion=(0.5, 1), min_frames=16),
]
resize = [
    *normalise,
    dict(type='CropResizeFrames', window=40, proportion=(0.95,)),
]
train_pipeline = augment + _base_.pack
crop_pipeline = recrop + _base_.pack
test_pipeline = resize + _base_.pack
