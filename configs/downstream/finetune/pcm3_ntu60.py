# PCM3 on NTU RGB+D 60, X-sub: everything is trained, from pretrained weights (load_from).
_base_ = ['../../_base_/parts/pcm3.py', '../../_base_/datasets/ntu60_xsub.py', '../_base_/finetune_pcm3.py']

encoder = _base_.model.backbone
model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(encoder, last_frame_only=True),
    cls_head=dict(
        type='LinearProbeHead', num_classes=_base_.num_classes, in_channels=2 * encoder.hidden_dims, norm=False
    ),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
