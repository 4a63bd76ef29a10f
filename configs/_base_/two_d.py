# Normalization of 2D skeletons (x, y in pixels, score): by the body or, to put in its place, by the image.
by_body = [
    dict(type='ScaleSkeleton', torso=0.5),
    dict(type='CenterSkeleton', frame='first', joint='hips', absent='joint'),
]
by_body_in_every_frame = [
    dict(type='ScaleSkeleton', torso=0.5),
    dict(type='CenterSkeleton', frame='every', joint='hips'),
]
by_image = [dict(type='NormalizeImage2D')]
