# All of a MAMP pretraining run but its data and pipelines.
_base_ = ['./models/mamp.py', './schedules/mamp_400e.py', './default_runtime.py']
