# PCM3 on SBU Kinect Interaction, first fold: motion prediction, from pretrained weights (load_from).
_base_ = [
    '../_base_/forecast_pcm3.py',
    '../_base_/forecast_sbu.py',
    '../../_base_/families/pcm3_sbu.py',
    '../../_base_/datasets/sbu.py',
]

model = dict(
    backbone=_base_.encoder,
    head=dict(horizon=_base_.cut.horizon, loss_weight=_base_.weight_times_width / _base_.encoder.hidden_dims),
)
keep = [step for step in _base_.crop_pipeline if step.type not in _base_.replaced]
train_pipeline = [_base_.drop, _base_.cut, *keep]
keep = [step for step in _base_.test_pipeline if step.type not in _base_.replaced]
test_pipeline = [_base_.drop, dict(_base_.cut, place='middle'), *keep]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
val_evaluator = [_base_.metric]
test_evaluator = val_evaluator
