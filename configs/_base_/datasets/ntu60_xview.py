# NTU RGB+D 60, cameras 2 and 3 for training, camera 1 for testing.
_base_ = './ntu60_xsub.py'

train_data = dict(split='xview_train')
val_data = dict(split='xview_val')
