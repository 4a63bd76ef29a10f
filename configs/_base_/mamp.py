# All of a MAMP pretraining run but its data.
_base_ = ['./parts/mamp.py', './schedules/mamp_400e.py']
