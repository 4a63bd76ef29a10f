# MAMP from the synthetic data (load_from), fine-tuned on the same actions with 20 joints, not 25.
_base_ = '../finetune/mamp_synthetic.py'

layout = 'kinect_v1'
crop = _base_.crop_pipeline
resize = _base_.test_pipeline
model = dict(backbone=dict(layout=layout), cls_head=dict(layout=layout))
crop_pipeline = [dict(crop[0], layout=layout), *crop[1:]]
test_pipeline = [dict(resize[0], layout=layout), *resize[1:]]
train_dataloader = dict(dataset=dict(layout=layout, pipeline=crop_pipeline))
val_dataloader = dict(dataset=dict(layout=layout, pipeline=test_pipeline))
test_dataloader = val_dataloader
