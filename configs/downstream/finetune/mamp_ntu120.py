# MAMP on NTU RGB+D 120, X-sub: everything is trained, from pretrained weights (load_from).
_base_ = ['../../_base_/parts/mamp.py', '../../_base_/datasets/ntu120_xsub.py', '../_base_/finetune_mamp.py']

encoder = _base_.model.backbone
model = dict(
    _delete_=True,
    type='RecognizerGCN',
    backbone=dict(encoder, drop_path_rate=0.3),
    cls_head=dict(
        type='JointMLPHead',
        num_classes=_base_.num_classes,
        in_channels=encoder.embed_dims,
        layout=encoder.layout,
        dropout=0.3,
        label_smooth_eps=0.1,
    ),
)
train_dataloader = dict(dataset=dict(pipeline=_base_.crop_pipeline, **_base_.train_data))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline, **_base_.val_data))
test_dataloader = val_dataloader
