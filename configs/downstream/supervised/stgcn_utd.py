# mmaction2's STGCN on joints of UTD-MHAD, standard split: a small network for a small set.
_base_ = [
    '../_base_/stgcn.py',
    '../_base_/small_gcn.py',
    '../../_base_/pipelines/gcn_utd.py',
    '../../_base_/datasets/utd.py',
]

model = dict(
    backbone=dict(graph_cfg=dict(layout='kinect_v1'), **_base_.small),
    cls_head=dict(num_classes=_base_.num_classes, in_channels=64),
)
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=_base_.train_joints, **_base_.train_data)))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_joints, **_base_.val_data))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_joints, **_base_.val_data))
