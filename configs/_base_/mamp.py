# All of a MAMP pretraining run but its data.
_base_ = ['./models/mamp.py', './pipelines/mamp.py', './schedules/mamp_400e.py', './default_runtime.py']

default_hooks = dict(checkpoint=dict(interval=20, save_best=None))
