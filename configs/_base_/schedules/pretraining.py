# Settings of every pretraining run: epochs over all training data, no validation.
train_cfg = dict(type='EpochBasedTrainLoop')
val_cfg = None
train_dataloader = dict(
    num_workers=4,
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
)
