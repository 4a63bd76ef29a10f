# PKU-MMD I in whole, untrimmed sequences, 57 of the 66 persons for training.
num_classes = 51
train_data = dict(
    type='UntrimmedSkeletonDataset',
    ann_file='data/skeleton/pku1_untrimmed.pkl',
    layout='nturgb+d',
    split='xsub_train',
    num_classes=num_classes,
)
val_data = dict(train_data, split='xsub_val', test_mode=True)
