# The published run on PKU-MMD: a deeper decoder; skeletons stay where they stand.
_base_ = './mamp.py'

model = dict(neck=dict(depth=5))
train_pipeline = _base_.train_pipeline[1:]
test_pipeline = _base_.test_pipeline[1:]
