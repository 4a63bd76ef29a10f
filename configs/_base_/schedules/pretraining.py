# What every pretraining run has in common: epochs over all of the training data, nothing to validate.
train_cfg = dict(type='EpochBasedTrainLoop')
val_cfg = None
train_dataloader = dict(
    num_workers=4,
    # workers start anew each epoch, so that a resumed run draws what the uninterrupted one would
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
)
