"""What every run of the plugin shares, on top of mmaction2's default runtime."""

_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['mamp_plugin'], allow_failed_imports=False)
custom_hooks = [dict(type='EpochSeedHook')]
default_hooks = dict(
    checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=3, save_best='auto'),
    logger=dict(type='LoggerHook', interval=20, ignore_last=False),
)
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='Visualizer', vis_backends=vis_backends, _scope_='mmengine')
randomness = dict(seed=0)
