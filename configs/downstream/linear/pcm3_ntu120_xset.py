# PCM3 on NTU RGB+D 120, X-set: a linear classifier on the frozen encoder.
_base_ = ['../../_base_/parts/pcm3.py', '../../_base_/datasets/ntu120_xset.py', '../_base_/linear_pcm3.py']

encoder = _base_.model.backbone
model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(encoder, last_frame_only=True, frozen_stages=encoder.num_layers),
    cls_head=dict(
        type='LinearProbeHead', num_classes=_base_.num_classes, in_channels=2 * encoder.hidden_dims, norm=False
    ),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
