# Motion prediction with the encoder that PCM3 has for NTU RGB+D, on any data of its joints.
_base_ = ['./forecast_pcm3.py', './forecast.py', '../../_base_/pipelines/pcm3.py']

model = dict(head=dict(horizon=_base_.cut.horizon))
keep = [step for step in _base_.crop_pipeline if step.type not in _base_.replaced]
train_pipeline = [_base_.drop, _base_.cut, *keep]
keep = [step for step in _base_.test_pipeline if step.type not in _base_.replaced]
test_pipeline = [_base_.drop, dict(_base_.cut, place='middle'), *keep]
val_evaluator = [_base_.metric]
test_evaluator = val_evaluator
