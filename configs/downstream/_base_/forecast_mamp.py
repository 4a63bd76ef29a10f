# How MAMP's encoder learns to predict motion: fine-tuning, half as long; settings of ours. Skeletons are centred on one
# frame or not at all, so errors are of all that a body does, walking included.
_base_ = './finetune_mamp.py'

model = dict(
    _delete_=True,
    type='SkeletonForecaster',
    backbone=dict(_base_.model.backbone, drop_path_rate=0.0),
    head=dict(type='ForecastHead'),
)
train_cfg = dict(max_epochs=50)
