# PKU-MMD II in whole, untrimmed sequences, 10 of the 13 persons for training.
num_classes = 51
train_data = dict(
    type='UntrimmedSkeletonDataset',
    ann_file='data/skeleton/pku2_untrimmed.pkl',
    layout='nturgb+d',
    split='xsub_train',
    num_classes=num_classes,
)
val_data = dict(train_data, split='xsub_val', test_mode=True)
