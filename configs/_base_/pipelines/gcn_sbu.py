# The joint stream of graph convolutional networks for SBU Kinect Interaction: 40 frames of two persons; shorter
# sequences start again.
normalise = [
    dict(type='DropEmptyFrames'),
    dict(type='CenterSkeleton', layout='sbu', frame='first', align=True, absent='joint'),
]
pack = [
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=40), *pack]
val_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=40, num_clips=1, test_mode=True), *pack]
test_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=40, num_clips=10, test_mode=True), *pack]
