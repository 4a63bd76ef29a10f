# MAMP on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/mamp.py', './_base_/datasets/sbu.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(
            backbone=dict(embed_dims=128, depth=6, num_heads=4), neck=dict(embed_dims=128, depth=3, num_heads=4)
        ),
    )
)
