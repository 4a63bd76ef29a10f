# MAMP as published, with a small model, on the synthetic data.
_base_ = ['./_base_/mamp_small_published.py', './_base_/datasets/synthetic.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(
            backbone=dict(num_frames=24, embed_dims=64, depth=3, num_heads=4),
            neck=dict(embed_dims=64, depth=1, num_heads=4),
            skip_empty_persons=True,
        ),
        data_info=dict(min_frames=32),
        train_dataloader=dict(batch_size=8, num_workers=0),
        train_cfg=dict(max_epochs=60),
        param_scheduler=[dict(type='WarmupCosineLR', warmup=3, min_ratio=0.05, convert_to_iter_based=True)],
        auto_scale_lr=dict(base_batch_size=16),
        default_hooks=dict(logger=dict(interval=50)),
    )
)
