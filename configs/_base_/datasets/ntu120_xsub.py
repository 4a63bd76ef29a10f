# NTU RGB+D 120, half of the 106 persons for training.
num_classes = 120
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/ntu120_3d.pkl', layout='nturgb+d', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
