# mmaction2's AAGCN on joints of SBU Kinect Interaction, first fold: a small network for a small set.
_base_ = [
    '../_base_/aagcn.py',
    '../_base_/small_gcn.py',
    '../../_base_/pipelines/gcn_sbu.py',
    '../../_base_/datasets/sbu.py',
]

model = dict(
    backbone=dict(graph_cfg=dict(layout='sbu'), **_base_.small),
    cls_head=dict(num_classes=_base_.num_classes, in_channels=64),
)
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=_base_.train_joints, **_base_.train_data)))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_joints, **_base_.val_data))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_joints, **_base_.val_data))
