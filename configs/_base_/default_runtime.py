# mmaction2's runtime and ours; the epoch that does best on the test set is not looked for.
_base_ = ['mmaction::_base_/default_runtime.py', './plugin.py']

default_hooks = dict(checkpoint=dict(type='SafeCheckpointHook', interval=20, max_keep_ckpts=3, save_best=None))
# seconds after which ranks that wait for a hung or dead one end, in place of 30 minutes
env_cfg = dict(dist_cfg=dict(timeout=600))
