# MAMP on the synthetic data: some 90 seconds of two cores.
_base_ = ['./_base_/mamp_small.py', './_base_/datasets/synthetic.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(
            backbone=dict(num_frames=24, embed_dims=64, depth=3),
            neck=dict(embed_dims=64, depth=1),
            skip_empty_persons=True,
            num_masks=2,
        ),
        data_info=dict(min_frames=32),
        train_dataloader=dict(batch_size=16, num_workers=0),
        train_cfg=dict(max_epochs=30),
        param_scheduler=[dict(type='WarmupCosineLR', warmup=2, min_ratio=0.05, convert_to_iter_based=True)],
        default_hooks=dict(logger=dict(interval=50)),
    )
)
