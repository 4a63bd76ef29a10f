# Masked feature prediction on the synthetic data.
_base_ = ['./mamp_published_synthetic.py', './_base_/models/mfp.py']

# a small set wants a slow teacher and more of each sequence; see docs/mamp.md
model = dict(_base_.as_mfp, momentum=0.998, masking=dict(ratio=0.8))
optim_wrapper = dict(optimizer=dict(lr=2e-3))
