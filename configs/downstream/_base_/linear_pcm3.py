# Linear evaluation of PCM3 as released: 100 epochs with a batch of 1024 in all.
_base_ = ['../../_base_/models/pcm3.py', '../../_base_/default_runtime.py', './classification.py']

model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(_base_.model.backbone, last_frame_only=True, frozen_stages=_base_.model.backbone.num_layers),
    cls_head=dict(type='LinearProbeHead', in_channels=2 * _base_.model.backbone.hidden_dims, norm=False),
)
train_cfg = dict(max_epochs=100)
train_dataloader = dict(batch_size=1024, drop_last=False)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))
param_scheduler = [dict(type='MultiStepLR', milestones=[20, 50, 80], gamma=0.1)]
auto_scale_lr = dict(enable=False, base_batch_size=1024)
randomness = dict(seed=42)
