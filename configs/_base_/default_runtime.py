# mmaction2's runtime and ours.
_base_ = ['mmaction::_base_/default_runtime.py', './plugin.py']

default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
