# Motion prediction with the encoder that MAMP has for NTU RGB+D, on any data of its joints.
_base_ = ['./forecast_mamp.py', './forecast.py', '../../_base_/pipelines/mamp.py']

model = dict(backbone=dict(num_frames=_base_.last_frames), head=dict(horizon=_base_.cut.horizon))
keep = [step for step in _base_.crop_pipeline if step.type not in _base_.replaced]
train_pipeline = [_base_.drop, _base_.cut, *keep]
keep = [step for step in _base_.test_pipeline if step.type not in _base_.replaced]
test_pipeline = [_base_.drop, dict(_base_.cut, place='middle'), *keep]
val_evaluator = [_base_.metric]
test_evaluator = val_evaluator
