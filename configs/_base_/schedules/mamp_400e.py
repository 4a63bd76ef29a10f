# 400 epochs with a batch of 128 in all (4 GPUs of 32), whatever the data set.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=400)
val_cfg = None
test_cfg = None
train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    # workers start anew each epoch, so that a resumed run draws what the uninterrupted one would
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
)
optim_wrapper = dict(
    constructor='LayerDecayOptimWrapperConstructor',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05),
)
param_scheduler = [dict(type='WarmupCosineLR', warmup=20, min_ratio=0.5, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=128)
