# PCM3 on motion: without prompts.
_base_ = './pcm3.py'

model = dict(prompts=False)
stream = [dict(type='SkeletonStream', stream='motion')]
train_pipeline = _base_.augment + stream + _base_.pack
crop_pipeline = _base_.recrop + stream + _base_.pack
test_pipeline = _base_.resize + stream + _base_.pack
