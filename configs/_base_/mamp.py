# MAMP without data: model, schedule, and the pipeline from a stored sequence to a random crop, rotated a little.
_base_ = ['./models/mamp.py', './schedules/mamp_400e.py', './default_runtime.py']

pipeline = [
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CropResizeFrames', window=120, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
