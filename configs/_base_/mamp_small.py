# MAMP for sets of some 500 sequences of one person (UTD-MHAD, NW-UCLA, MSR Action3D), too few for the published model.
_base_ = './mamp.py'

model = dict(
    backbone=dict(num_frames=32, embed_dims=96, depth=4, num_heads=4),
    neck=dict(embed_dims=96, depth=2, num_heads=4),
)
