# The plugin's import and hooks, to go beside any of mmaction2's own configs.
custom_imports = dict(imports=['mamp_plugin'], allow_failed_imports=False)
custom_hooks = [
    dict(type='EpochSeedHook'),
    dict(type='PretrainedEncoderHook'),
    dict(type='FiniteLossHook'),
    dict(type='BatchSizeHook'),
    dict(type='PreemptionHook'),
]
randomness = dict(seed=0)
