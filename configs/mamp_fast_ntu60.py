# MAMP on NTU RGB+D 60, X-sub, with all that is faster and not bit-equal to the published run: bfloat16, absent
# persons left out, a fused optimizer, a larger batch with the learning rate scaled to it.
_base_ = './mamp_ntu60.py'

model = dict(skip_empty_persons=True)
train_dataloader = dict(batch_size=128, num_workers=8)
optim_wrapper = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=1.0, optimizer=dict(fused=True))
auto_scale_lr = dict(enable=True)
