# mmaction2's STGCN as it publishes it: 80 epochs, batch 128 in all (8 GPUs of 16).
_base_ = [
    'mmaction::skeleton/stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
    '../../_base_/plugin.py',
]

# data and pipelines are the plugin's
train_dataloader = dict(persistent_workers=False, dataset=dict(dataset=dict(_delete_=True)))
val_dataloader = dict(persistent_workers=False, dataset=dict(_delete_=True))
test_dataloader = dict(batch_size=16, persistent_workers=False, dataset=dict(_delete_=True))
default_hooks = dict(checkpoint=dict(type='SafeCheckpointHook', max_keep_ckpts=3, save_best=None))
env_cfg = dict(dist_cfg=dict(timeout=600))
