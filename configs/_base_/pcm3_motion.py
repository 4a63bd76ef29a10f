# All of a PCM3 pretraining run on motion but its data.
_base_ = ['./parts/pcm3_motion.py', './schedules/pcm3_451e.py']
