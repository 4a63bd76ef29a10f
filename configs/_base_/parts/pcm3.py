# What PCM3's pretraining and downstream runs have in common: model, pipelines, runtime.
_base_ = ['../models/pcm3.py', '../pipelines/pcm3.py', '../default_runtime.py']

randomness = dict(seed=42)
