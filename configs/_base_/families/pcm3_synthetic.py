# A PCM3 small enough for two processor cores.
_base_ = '../pipelines/pcm3.py'

encoder = dict(hidden_dims=64, num_layers=2)
around = dict(
    projector=dict(out_channels=64),
    decoder=dict(hidden_dims=64, num_layers=1),
    queue_size=512,
    momentum=0.99,
    task_prompt_dims=16,
)
