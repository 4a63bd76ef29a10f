# PCM3 as published: a recurrent encoder, one more to follow it, and a decoder; prompts as released.
model = dict(
    type='PCM3',
    backbone=dict(type='SkeletonGRU', layout='nturgb+d', num_persons=2, hidden_dims=1024, num_layers=3),
    projector=dict(type='Projector', out_channels=128),
    decoder=dict(type='SequenceDecoder', hidden_dims=512, num_layers=2),
    masking=dict(type='BodyPartMasking', num_clips=8, num_parts=3),
    mixing=dict(type='ViewMixing', block_frames=4, span=(7, 11), num_parts=(2, 3)),
    head=dict(type='ContrastHead', temperature=0.07, query_temperature=0.1, key_temperature=0.05),
    queue_size=16384,
    momentum=0.999,
    reconstruction_weight=40.0,
    prompts=True,
    prompt_position='before_norm',
    task_prompt_dims=256,
)
