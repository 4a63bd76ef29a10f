# What the recipes of classification have in common: epochs over all training data, accuracy on the others now and then.
train_cfg = dict(type='EpochBasedTrainLoop', val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
train_dataloader = dict(
    num_workers=4,
    # workers start anew each epoch, so that a resumed run draws what the uninterrupted one would
    persistent_workers=False,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
)
val_dataloader = dict(batch_size=64, num_workers=4, sampler=dict(type='DefaultSampler', shuffle=False))
test_dataloader = val_dataloader
val_evaluator = [dict(type='AccMetric')]
test_evaluator = val_evaluator
