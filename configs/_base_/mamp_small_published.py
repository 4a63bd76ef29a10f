# MAMP as published, with a model for sets of some 500 sequences, which are too few for that of the paper.
_base_ = './mamp.py'

model = dict(
    backbone=dict(num_frames=32, embed_dims=96, depth=4, num_heads=4),
    neck=dict(embed_dims=96, depth=2, num_heads=4),
)
method_options = dict(finetune=dict(lr=1e-3, epochs=20))
