# Masked feature prediction: the encoder of MAMP predicts the features that its EMA teacher gives to hidden tokens.
model = dict(
    type='MaskedFeaturePrediction',
    backbone=dict(
        type='SkeletonTransformer',
        layout='nturgb+d',
        num_frames=120,
        embed_dims=256,
        depth=8,
        num_heads=8,
        temporal_patch=4,
    ),
    masking=dict(type='MotionAwareMasking', ratio=0.9, tau=0.8),
    neck=dict(type='MotionDecoder', embed_dims=256, depth=3, num_heads=8),
    head=dict(type='FeaturePredictionHead', loss='smooth_l1'),
    momentum=0.996,
    end_momentum=1.0,
)
