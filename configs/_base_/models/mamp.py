# MAMP as published for NTU RGB+D 60: 8 blocks see a tenth of the tokens, 3 more predict the motion of the rest.
model = dict(
    type='MAMP',
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
    head=dict(type='MotionPredictionHead', target='motion', stride=1, normalize=True),
)
# Changes for the masked autoencoder of the paper: random masks, joint coordinates as targets.
as_mae = dict(masking=dict(_delete_=True, type='RandomMasking', ratio=0.9), head=dict(target='joint'))
