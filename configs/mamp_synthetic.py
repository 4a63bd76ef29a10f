# MAMP on the synthetic data.
_base_ = ['./_base_/mamp.py', './_base_/families/mamp_synthetic.py', './_base_/datasets/synthetic.py']

model = dict(backbone=_base_.encoder, neck=_base_.decoder, skip_empty_persons=True)
train_dataloader = dict(batch_size=8, num_workers=0, dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
train_cfg = dict(max_epochs=60)
param_scheduler = [dict(type='WarmupCosineLR', warmup=3, min_ratio=0.05, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=16)
default_hooks = dict(logger=dict(interval=50))
