# All of a PCM3 pretraining run but its data.
_base_ = ['./parts/pcm3.py', './schedules/pcm3_451e.py']
