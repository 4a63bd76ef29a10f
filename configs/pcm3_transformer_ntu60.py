# PCM3 on NTU RGB+D 60, X-sub, with MAMP's encoder in place of the recurrent one.
_base_ = './pcm3_ntu60.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='SkeletonTransformer',
        layout='nturgb+d',
        num_frames=64,
        embed_dims=256,
        depth=8,
        num_heads=8,
        temporal_patch=4,
    ),
    task_prompt_dims=32,
)
# plain gradient descent hardly moves a transformer
optim_wrapper = dict(optimizer=dict(_delete_=True, type='AdamW', lr=5e-4, weight_decay=0.05))
