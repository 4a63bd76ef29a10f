# MAMP on PKU-MMD II, X-sub.
_base_ = ['./_base_/mamp.py', './_base_/datasets/pku2_xsub.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(neck=dict(depth=5)),
        # skeletons stay where they stand
        pipeline=_base_.pipeline[1:],
        recipe_options=dict(linear=dict(batch_size=16, lr=0.01)),
    )
)
