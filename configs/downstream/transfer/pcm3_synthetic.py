# PCM3 from the synthetic data (load_from), fine-tuned on the same actions with 20 joints, not 25.
_base_ = '../finetune/pcm3_synthetic.py'

layout = 'kinect_v1'
crop = _base_.crop_pipeline
resize = _base_.test_pipeline
model = dict(backbone=dict(layout=layout))
crop_pipeline = [crop[0], dict(crop[1], layout=layout), *crop[2:]]
test_pipeline = [resize[0], dict(resize[1], layout=layout), *resize[2:]]
train_dataloader = dict(dataset=dict(layout=layout, pipeline=crop_pipeline))
val_dataloader = dict(dataset=dict(layout=layout, pipeline=test_pipeline))
test_dataloader = val_dataloader
