# NTU RGB+D 120, X-set: even set-ups for training, odd ones for testing.
_base_ = './ntu120_xsub.py'

train_data = dict(split='xset_train')
data_info = dict(val=dict(split='xset_val'))
