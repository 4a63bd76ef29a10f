# All of a PCM3 pretraining run but its data and pipelines.
_base_ = ['./models/pcm3.py', './schedules/pcm3_451e.py', './default_runtime.py']

randomness = dict(seed=42)
