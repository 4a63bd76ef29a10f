# Bones in place of joints, after everything that moves skeletons.
_base_ = './pcm3.py'

stream = [dict(type='SkeletonStream', stream='bone')]
train_pipeline = _base_.augment + stream + _base_.pack
crop_pipeline = _base_.recrop + stream + _base_.pack
test_pipeline = _base_.resize + stream + _base_.pack
