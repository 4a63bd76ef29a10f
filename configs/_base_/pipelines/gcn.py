# The joint stream of mmaction2's graph convolutional networks, from a stored sequence to 100 frames of two persons.
# The first two transforms give what its PreNormalize3D gives, in a fraction of the time and for every layout;
# its GenSkeFeat would hand joints on as they are.
normalise = [
    dict(type='DropEmptyFrames'),
    dict(type='CenterSkeleton', frame='first', align=True, absent='joint'),
]
pack = [
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=100), *pack]
val_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=100, num_clips=1, test_mode=True), *pack]
test_joints = [*normalise, dict(type='UniformSampleFrames', clip_len=100, num_clips=10, test_mode=True), *pack]
