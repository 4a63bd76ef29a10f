# Motion prediction in sequences of 41 to 125 frames.
_base_ = './forecast.py'

cut = dict(history=28, horizon=12)
last_frames = 28
metric = dict(horizons=[2, 4, 8, 10, 12])
