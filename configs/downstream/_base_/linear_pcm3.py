# Linear evaluation of PCM3 as released: 100 epochs with a batch of 1024 in all.
_base_ = './classification.py'

train_cfg = dict(max_epochs=100)
train_dataloader = dict(batch_size=1024, drop_last=False)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))
param_scheduler = [dict(type='MultiStepLR', milestones=[20, 50, 80], gamma=0.1)]
auto_scale_lr = dict(enable=False, base_batch_size=1024)
