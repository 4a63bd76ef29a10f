# MAMP on NTU RGB+D 120, X-sub: motion prediction, from pretrained weights (load_from).
_base_ = [
    '../_base_/forecast_mamp.py',
    '../_base_/forecast.py',
    '../../_base_/pipelines/mamp.py',
    '../../_base_/datasets/ntu120_xsub.py',
]

model = dict(backbone=dict(num_frames=_base_.last_frames), head=dict(horizon=_base_.cut.horizon))
keep = [step for step in _base_.crop_pipeline if step.type not in _base_.replaced]
train_pipeline = [_base_.drop, _base_.cut, *keep]
keep = [step for step in _base_.test_pipeline if step.type not in _base_.replaced]
test_pipeline = [_base_.drop, dict(_base_.cut, place='middle'), *keep]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
val_evaluator = [_base_.metric]
test_evaluator = val_evaluator
