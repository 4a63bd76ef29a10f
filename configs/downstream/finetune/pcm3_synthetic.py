# PCM3 on the synthetic data: everything is trained, from pretrained weights (load_from).
_base_ = ['../_base_/finetune_pcm3.py', '../../_base_/families/pcm3_synthetic.py', '../../_base_/datasets/synthetic.py']

model = dict(
    backbone=_base_.encoder,
    cls_head=dict(num_classes=_base_.num_classes, in_channels=2 * _base_.encoder.hidden_dims),
)
train_dataloader = dict(batch_size=32, num_workers=1, dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
