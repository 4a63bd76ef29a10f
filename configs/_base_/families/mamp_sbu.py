# A MAMP of the size of SBU Kinect Interaction.
# some 230 sequences of 10 to 46 frames
encoder = dict(layout='sbu', num_frames=40, embed_dims=128, depth=6, num_heads=4)
decoder = dict(embed_dims=128, depth=3, num_heads=4)
crop_pipeline = [
    dict(type='CenterSkeleton', layout='sbu', frame='first'),
    dict(type='CropResizeFrames', window=40, proportion=(0.5, 1), min_frames=16),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_pipeline = crop_pipeline
test_pipeline = [
    dict(type='CenterSkeleton', layout='sbu', frame='first'),
    dict(type='CropResizeFrames', window=40, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
