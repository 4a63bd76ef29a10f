# The published run on NTU RGB+D 120: a deeper decoder, a sharper mask.
_base_ = './mamp.py'

model = dict(masking=dict(tau=0.75), neck=dict(depth=5))
