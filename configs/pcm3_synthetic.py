# PCM3 on the synthetic data.
_base_ = ['./_base_/pcm3.py', './_base_/families/pcm3_synthetic.py', './_base_/datasets/synthetic.py']

model = dict(backbone=_base_.encoder, **_base_.around)
train_dataloader = dict(batch_size=32, num_workers=1, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
train_cfg = dict(max_epochs=60)
param_scheduler = [dict(type='MultiStepLR', milestones=[47], gamma=0.1)]
