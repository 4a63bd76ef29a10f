# PKU-MMD: as NTU RGB+D, but skeletons stay where they stand.
_base_ = './mamp.py'

crop_pipeline = _base_.crop_pipeline[1:]
train_pipeline = crop_pipeline
test_pipeline = _base_.test_pipeline[1:]
