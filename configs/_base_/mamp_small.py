# MAMP for sets of some 500 sequences; settings chosen on held-out training persons, see docs/results.md.
_base_ = './mamp_small_published.py'

model = dict(
    masking=dict(ratio=(0.4, 0.9)),
    neck=dict(type='QueryDecoder', share=0.25),
    head=dict(normalize='sequence'),
    readout=dict(type='PartPool', segments=4),
)
# two persons stand on both sides of the origin
pipeline = [dict(_base_.pipeline[0], origin='persons'), *_base_.pipeline[1:]]
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [dict(type='WarmupCosineLR', warmup=20, min_ratio=0.05, convert_to_iter_based=True)]
