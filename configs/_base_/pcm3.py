# PCM3 without data: model, schedule, and the pipeline from a stored sequence to three views: query, key, to be masked.
_base_ = ['./models/pcm3.py', './schedules/pcm3_451e.py', './default_runtime.py']

randomness = dict(seed=42)
crop = dict(type='CropResizeFrames', window=64, proportion=(0.1, 1), min_frames=64)
shear = dict(type='RandomShear3D', amount=1.0)
corrupt = dict(type='CorruptJoints', share=0.6, zero_prob=0.5)
corrupt_or_shear = dict(type='RandomChoice', transforms=[[corrupt], [shear]])
pipeline = [
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', frame='every', align=True),
    dict(type='MultiView', views=[[crop, corrupt_or_shear], [crop, corrupt_or_shear], [crop, shear]]),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
