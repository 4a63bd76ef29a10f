# A MAMP small enough for two processor cores.
encoder = dict(num_frames=24, embed_dims=64, depth=3, num_heads=4)
decoder = dict(embed_dims=64, depth=1, num_heads=4)
crop_pipeline = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=24, proportion=(0.5, 1), min_frames=32),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_pipeline = crop_pipeline
test_pipeline = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=24, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
