# Half a minute of several of the 16 synthetic actions at a time, half of the 32 persons for training.
num_classes = 16
train_data = dict(type='SyntheticUntrimmedDataset', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
