# From a stored sequence to 120 frames of two persons: a random part of it, turned a little; for testing, nearly all.
crop_pipeline = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=120, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_pipeline = crop_pipeline
test_pipeline = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=120, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
