# PCM3 on PKU-MMD II, X-sub, motion stream: everything is trained, from pretrained weights (load_from).
_base_ = ['../_base_/finetune_pcm3.py', '../../_base_/pipelines/pcm3_motion.py', '../../_base_/datasets/pku2_xsub.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
