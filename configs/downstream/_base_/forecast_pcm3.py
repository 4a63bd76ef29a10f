# How PCM3's encoder learns to predict motion: fine-tuning over 50 epochs instead of 80; settings of ours. Every frame
# is centred on the main person's spine, so errors are of poses relative to it: walking is not predicted, how another
# person moves is so relative to the main one, and the spine itself, always at the origin, counts as one of the joints.
_base_ = './finetune_pcm3.py'

# A step of SGD moves predictions the further the more features they are made of. With this, divided by the encoder's
# hidden_dims, as the weight of the loss it moves them as far for encoders of all widths.
weight_times_width = 5000.0
model = dict(
    _delete_=True,
    type='SkeletonForecaster',
    backbone=dict(_base_.model.backbone, last_frame_only=False),
    head=dict(type='ForecastHead', loss_weight=weight_times_width / _base_.model.backbone.hidden_dims),
)
train_cfg = dict(max_epochs=50)
param_scheduler = [dict(type='MultiStepLR', milestones=[31, 44], gamma=0.1)]
