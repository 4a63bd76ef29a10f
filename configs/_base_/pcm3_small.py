# PCM3 for sets of some 500 sequences of one person (UTD-MHAD, NW-UCLA, MSR Action3D): STGCN for an encoder, half of the
# window, weaker augmentation, persons not turned upright; chosen on held-out training persons, see docs/results.md.
_base_ = './pcm3.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='SkeletonSTGCN',
        graph_cfg=dict(layout='nturgb+d', mode='stgcn_spatial'),
        base_channels=16,
        num_stages=6,
        inflate_stages=[3, 5],
        down_stages=[3, 5],
    ),
    decoder=dict(hidden_dims=128, num_layers=1),
    mixing=dict(block_frames=2),
    # a longer queue would hold each sequence more than once
    queue_size=128,
    momentum=0.99,
    task_prompt_dims=32,
    readout=dict(type='PartPool', segments=4),
)
crop = dict(type='CropResizeFrames', window=32, proportion=(0.5, 1), min_frames=32)
shear = dict(type='RandomShear3D', amount=0.3)
corrupt_or_shear = dict(type='RandomChoice', transforms=[[dict(type='CorruptJoints', share=0.3)], [shear]])
pipeline = [
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', frame='first'),
    dict(type='MultiView', views=[[crop, corrupt_or_shear], [crop, corrupt_or_shear], [crop, shear]]),
    *_base_.pipeline[3:],
]
train_cfg = dict(max_epochs=40)
train_dataloader = dict(batch_size=32)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.05))
param_scheduler = [dict(type='WarmupCosineLR', warmup=4, min_ratio=0.05, convert_to_iter_based=True)]
