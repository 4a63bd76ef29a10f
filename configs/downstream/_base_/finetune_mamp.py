# Fine-tuning of MAMP as published: 100 epochs with a batch of 48 in all (2 GPUs of 24), slower towards the input.
_base_ = ['../../_base_/models/mamp.py', '../../_base_/default_runtime.py', './classification.py']

model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(_base_.model.backbone, drop_path_rate=0.3),
    cls_head=dict(
        type='JointMLPHead',
        in_channels=_base_.model.backbone.embed_dims,
        layout=_base_.model.backbone.layout,
        dropout=0.3,
        label_smooth_eps=0.1,
    ),
)
train_cfg = dict(max_epochs=100)
train_dataloader = dict(batch_size=24)
optim_wrapper = dict(
    constructor='LayerDecayOptimWrapperConstructor',
    optimizer=dict(type='AdamW', lr=3e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(layer_decay=0.8),
)
# down to 1e-5
param_scheduler = [dict(type='WarmupCosineLR', warmup=5, min_ratio=1 / 30, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=48)
