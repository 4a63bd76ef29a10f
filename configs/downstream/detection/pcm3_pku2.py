# PCM3 on untrimmed sequences of PKU-MMD II, X-sub: which action goes on in every frame, from the frozen encoder.
_base_ = ['../_base_/detection_pcm3.py', '../../_base_/datasets/pku2_untrimmed.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.val_data))
test_dataloader = val_dataloader
