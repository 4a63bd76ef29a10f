# PCM3 on NTU RGB+D 120, X-set: everything is trained, from pretrained weights (load_from).
_base_ = ['../_base_/finetune_pcm3.py', '../../_base_/pipelines/pcm3.py', '../../_base_/datasets/ntu120_xset.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
