# A MAMP of the size of UTD-MHAD.
# 431 sequences do not fill the published model
encoder = dict(layout='kinect_v1', num_frames=32, embed_dims=96, depth=4, num_heads=4)
decoder = dict(embed_dims=96, depth=2, num_heads=4)
crop_pipeline = [
    dict(type='CenterSkeleton', layout='kinect_v1', frame='first'),
    dict(type='CropResizeFrames', window=32, proportion=(0.5, 1), min_frames=32),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
train_pipeline = crop_pipeline
test_pipeline = [
    dict(type='CenterSkeleton', layout='kinect_v1', frame='first'),
    dict(type='CropResizeFrames', window=32, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
