# All of a PCM3 pretraining run on bones but its data: without prompts.
_base_ = ['./pcm3.py', './pipelines/pcm3_bone.py']

model = dict(prompts=False)
