# The data set that ships with the code: 16 actions, half of the 32 persons for training.
num_classes = 16
train_data = dict(type='SyntheticSkeletonDataset', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
