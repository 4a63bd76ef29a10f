# MAMP on NTU RGB+D 120, X-sub: motion prediction, from pretrained weights (load_from).
_base_ = ['../_base_/forecast_mamp_ntu.py', '../../_base_/datasets/ntu120_xsub.py']

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
