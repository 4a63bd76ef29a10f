# 451 epochs with a batch of 128 on one GPU, whatever the data set; weight decay on every parameter.
_base_ = './pretraining.py'

train_cfg = dict(max_epochs=451)
train_dataloader = dict(batch_size=128)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type='MultiStepLR', milestones=[351], gamma=0.1)]
auto_scale_lr = dict(enable=False, base_batch_size=128)
