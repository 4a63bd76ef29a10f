# mmaction2's STGCN on joints of NTU RGB+D 120, X-sub.
_base_ = ['../_base_/stgcn.py', '../../_base_/pipelines/gcn.py', '../../_base_/datasets/ntu120_xsub.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=_base_.train_joints, **_base_.train_data)))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_joints, **_base_.val_data))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_joints, **_base_.val_data))
