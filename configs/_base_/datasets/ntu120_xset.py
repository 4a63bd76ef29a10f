# NTU RGB+D 120, even set-ups for training, odd ones for testing.
_base_ = './ntu120_xsub.py'

train_data = dict(split='xset_train')
val_data = dict(split='xset_val')
