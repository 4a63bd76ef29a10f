# PCM3 on untrimmed sequences of PKU-MMD I, X-sub: which action goes on in every frame, from the frozen encoder.
_base_ = ['../../_base_/parts/pcm3.py', '../../_base_/datasets/pku1_untrimmed.py', '../_base_/detection_pcm3.py']

encoder = _base_.model.backbone
model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(encoder, frozen_stages=encoder.num_layers),
    cls_head=dict(type='FrameHead', num_classes=_base_.num_classes, in_channels=2 * encoder.hidden_dims),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.window_pipeline, **_base_.windows, **_base_.val_data))
test_dataloader = val_dataloader
