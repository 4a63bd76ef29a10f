# All of a PCM3 pretraining run on bones but its data.
_base_ = ['./parts/pcm3_bone.py', './schedules/pcm3_451e.py']
