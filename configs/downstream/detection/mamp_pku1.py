# MAMP on untrimmed sequences of PKU-MMD I, X-sub: which action goes on in every frame, from the frozen encoder.
_base_ = ['../_base_/detection_mamp.py', '../../_base_/datasets/pku1_untrimmed.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
# skeletons of PKU-MMD stay where they stand
train_pipeline = _base_.turned_pipeline[1:]
test_pipeline = _base_.window_pipeline[1:]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline, **_base_.windows, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline, **_base_.windows, **_base_.val_data))
test_dataloader = val_dataloader
