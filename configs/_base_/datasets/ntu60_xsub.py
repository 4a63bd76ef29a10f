# NTU RGB+D 60, half of the 40 persons for training.
num_classes = 60
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/ntu60_3d.pkl', layout='nturgb+d', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
