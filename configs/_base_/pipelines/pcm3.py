# From a stored sequence to three views of 64 frames: to be queried, to be a key, to be masked; for what comes after
# pretraining, to one: a random part of it, and for testing nearly all.
normalise = [
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', frame='every', align=True),
]
crop = dict(type='CropResizeFrames', window=64, proportion=(0.1, 1), min_frames=64)
shear = dict(type='RandomShear3D', amount=1.0)
corrupt_or_shear = dict(
    type='RandomChoice', transforms=[[dict(type='CorruptJoints', share=0.6, zero_prob=0.5)], [shear]]
)
pack = [
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
augment = [
    *normalise,
    dict(type='MultiView', views=[[crop, corrupt_or_shear], [crop, corrupt_or_shear], [crop, shear]]),
]
recrop = [
    *normalise,
    dict(type='CropResizeFrames', window=64, proportion=(0.5, 1), min_frames=64),
]
resize = [
    *normalise,
    dict(type='CropResizeFrames', window=64, proportion=(0.95,)),
]
train_pipeline = augment + pack
crop_pipeline = recrop + pack
test_pipeline = resize + pack
