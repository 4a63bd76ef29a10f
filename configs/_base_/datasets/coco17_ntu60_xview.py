# NTU RGB+D 60 as 2D skeletons of HRNet on the videos, X-view.
_base_ = './coco17_ntu60_xsub.py'

train_data = dict(split='xview_train')
data_info = dict(val=dict(split='xview_val'))
