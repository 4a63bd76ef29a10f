# Motion prediction in sequences of 10 to 46 frames: the shortest have 2 frames before those to predict. Errors are in
# millimetres if the file holds metres.
_base_ = './forecast.py'

cut = dict(history=16, horizon=8)
last_frames = 16
metric = dict(horizons=[2, 4, 8])
