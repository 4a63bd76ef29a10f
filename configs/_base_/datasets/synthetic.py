# The data set that ships with the code: 16 actions, half of the 32 persons for training.
train_data = dict(type='SyntheticSkeletonDataset', split='xsub_train')
data_info = dict(
    num_classes=16,
    num_persons=2,
    max_batch_size=64,
    val=dict(split='xsub_val'),
    untrimmed=dict(type='SyntheticUntrimmedDataset'),
)
# a share of the labels does not fill a batch
recipe_options = dict(semi=dict(repeat=10))
