# Changes of a MAMP config for speed, not bit-equal to the published run: a cross-attention decoder, absent persons left
# out, bfloat16, a fused optimizer, a larger batch with the learning rate scaled to it.
_base_ = './models/mamp_query.py'

as_fast = dict(
    model=dict(**_base_.as_query, skip_empty_persons=True),
    train_dataloader=dict(batch_size=128, num_workers=8),
    optim_wrapper=dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=1.0, optimizer=dict(fused=True)),
    auto_scale_lr=dict(enable=True),
)
