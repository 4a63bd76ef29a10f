# The published run on PKU-MMD: a deeper decoder.
_base_ = ['./parts/mamp_pku.py', './schedules/mamp_400e.py']

model = dict(neck=dict(depth=5))
