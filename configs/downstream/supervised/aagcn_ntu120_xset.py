# mmaction2's AAGCN on joints of NTU RGB+D 120, X-set.
_base_ = ['../_base_/aagcn.py', '../../_base_/pipelines/gcn.py', '../../_base_/datasets/ntu120_xset.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=_base_.train_joints, **_base_.train_data)))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_joints, **_base_.val_data))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_joints, **_base_.val_data))
