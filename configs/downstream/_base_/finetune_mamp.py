# Fine-tuning of MAMP as published: 100 epochs with a batch of 48 in all (2 GPUs of 24), slower towards the input.
_base_ = './classification.py'

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
