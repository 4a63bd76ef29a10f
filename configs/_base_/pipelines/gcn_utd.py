# The joint stream of graph convolutional networks for UTD-MHAD: 64 frames of one person.
normalise = [
    dict(type='DropEmptyFrames'),
    dict(type='CenterSkeleton', layout='kinect_v1', frame='first', align=True, absent='joint'),
]
pack = [
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]
train_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=64), *pack]
val_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=64, num_clips=1, test_mode=True), *pack]
test_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=64, num_clips=10, test_mode=True), *pack]
