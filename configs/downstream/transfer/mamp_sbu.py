# MAMP from NTU RGB+D or PKU-MMD (load_from), fine-tuned on SBU Kinect Interaction, first fold: 15 joints, not 25.
_base_ = '../finetune/mamp_sbu.py'

window = 120
crop = _base_.crop_pipeline
resize = _base_.test_pipeline
model = dict(
    backbone=dict(num_frames=window, embed_dims=256, depth=8, num_heads=8),
    cls_head=dict(in_channels=256),
)
crop_pipeline = [crop[0], dict(crop[1], window=window), *crop[2:]]
test_pipeline = [resize[0], dict(resize[1], window=window), *resize[2:]]
train_dataloader = dict(dataset=dict(pipeline=crop_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
