# 400 epochs with a batch of 128 in all (4 GPUs of 32), whatever the data set.
_base_ = './pretraining.py'

train_cfg = dict(max_epochs=400)
train_dataloader = dict(batch_size=32)
optim_wrapper = dict(
    constructor='LayerDecayOptimWrapperConstructor',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05),
)
param_scheduler = [dict(type='WarmupCosineLR', warmup=20, min_ratio=0.5, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=128)
