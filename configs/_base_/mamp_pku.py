# The published run on PKU-MMD: a deeper decoder.
_base_ = './mamp.py'

model = dict(neck=dict(depth=5))
