# What detection adds to a recipe of classification: labels for every frame, and windows put together again.
pack_windows = [
    dict(type='FormatGCNInput', num_person=2),
    dict(
        type='PackActionInputs',
        algorithm_keys=('frame_labels',),
        meta_keys=('frame_dir', 'window_start', 'video_frames', 'segments'),
    ),
]
# frames come 30 to the second; an action hardly takes less than half of one
detection_evaluator = [dict(type='ActionDetectionMetric', smoothing=15, max_gap=15, min_frames=15)]
