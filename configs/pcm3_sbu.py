# PCM3 on SBU Kinect Interaction, first fold.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/sbu.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(
            backbone=dict(hidden_dims=256),
            decoder=dict(hidden_dims=256),
            mixing=dict(span=(4, 7)),
            # a longer queue would hold each sequence more than once
            queue_size=128,
            task_prompt_dims=64,
        ),
        train_dataloader=dict(batch_size=32),
    )
)
