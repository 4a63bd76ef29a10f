# NTU RGB+D 60, X-view: cameras 2 and 3 for training, camera 1 for testing.
_base_ = './ntu60_xsub.py'

train_data = dict(split='xview_train')
data_info = dict(val=dict(split='xview_val'))
