# PCM3 for sets of some 500 sequences of one person (UTD-MHAD, NW-UCLA, MSR Action3D), too few for the published model.
_base_ = './pcm3.py'

model = dict(
    backbone=dict(hidden_dims=128, num_layers=2),
    decoder=dict(hidden_dims=128, num_layers=1),
    # a longer queue would hold each sequence more than once
    queue_size=256,
    task_prompt_dims=32,
)
train_dataloader = dict(batch_size=64)
