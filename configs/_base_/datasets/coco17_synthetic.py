# The synthetic data as a pose estimator sees them: pixels and scores of COCO joints.
_base_ = './synthetic.py'

train_data = dict(layout='coco')
data_info = dict(untrimmed=dict(layout='coco'))
