# All of a PCM3 pretraining run on motion but its data: without prompts.
_base_ = ['./pcm3.py', './pipelines/pcm3_motion.py']

model = dict(prompts=False)
