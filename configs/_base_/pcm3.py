# All of a PCM3 pretraining run but its data.
_base_ = ['./models/pcm3.py', './pipelines/pcm3.py', './schedules/pcm3_451e.py', './default_runtime.py']

default_hooks = dict(checkpoint=dict(interval=20, save_best=None))
randomness = dict(seed=42)
