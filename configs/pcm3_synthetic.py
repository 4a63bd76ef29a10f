# PCM3 on the synthetic data.
_base_ = ['./_base_/pcm3.py', './_base_/datasets/synthetic.py']
from mamp_plugin.recipes import pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(
            backbone=dict(hidden_dims=64, num_layers=2),
            projector=dict(out_channels=64),
            decoder=dict(hidden_dims=64, num_layers=1),
            queue_size=512,
            momentum=0.99,
            task_prompt_dims=16,
        ),
        train_dataloader=dict(batch_size=32, num_workers=1),
        train_cfg=dict(max_epochs=60),
        param_scheduler=[dict(type='MultiStepLR', milestones=[47], gamma=0.1)],
        recipe_options=dict(finetune=dict(batch_size=32), forecast=dict(batch_size=32)),
    )
)
