# PCM3 on NTU RGB+D 60, X-sub, with mmaction2's STGCN for an encoder.
_base_ = './pcm3_ntu60.py'

model = dict(
    backbone=dict(_delete_=True, type='SkeletonSTGCN', graph_cfg=dict(layout='nturgb+d', mode='stgcn_spatial')),
    task_prompt_dims=32,
)
