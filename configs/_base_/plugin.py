# What makes mmaction2's runner a runner of this plugin; goes beside any of mmaction2's own configs.
custom_imports = dict(imports=['mamp_plugin'], allow_failed_imports=False)
custom_hooks = [dict(type='EpochSeedHook'), dict(type='PretrainedEncoderHook')]
randomness = dict(seed=0)
