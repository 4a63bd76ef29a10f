# Linear evaluation of MAMP as published: 100 epochs with a batch of 256 in all (2 GPUs of 128).
_base_ = ['../../_base_/models/mamp.py', '../../_base_/default_runtime.py', './classification.py']

model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(_base_.model.backbone, frozen_stages=_base_.model.backbone.depth),
    cls_head=dict(type='LinearProbeHead', in_channels=_base_.model.backbone.embed_dims),
)
train_cfg = dict(max_epochs=100)
train_dataloader = dict(batch_size=128)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))
param_scheduler = [dict(type='WarmupCosineLR', convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=256)
