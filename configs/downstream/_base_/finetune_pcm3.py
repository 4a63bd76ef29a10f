# Fine-tuning of PCM3: 80 epochs with a batch of 64 in all.
_base_ = ['../../_base_/models/pcm3.py', '../../_base_/default_runtime.py', './classification.py']

model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(_base_.model.backbone, last_frame_only=True),
    cls_head=dict(type='LinearProbeHead', in_channels=2 * _base_.model.backbone.hidden_dims, norm=False),
)
train_cfg = dict(max_epochs=80)
train_dataloader = dict(batch_size=64)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='MultiStepLR', milestones=[50, 70], gamma=0.1)]
auto_scale_lr = dict(enable=False, base_batch_size=64)
randomness = dict(seed=42)
