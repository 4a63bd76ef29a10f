# PKU-MMD II, X-sub: 10 of the 13 persons for training. Recordings hold several actions, for detection.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/pku2_3d.pkl', layout='nturgb+d', split='xsub_train')
data_info = dict(
    num_classes=51,
    num_persons=2,
    val=dict(split='xsub_val'),
    untrimmed=dict(type='UntrimmedSkeletonDataset', ann_file='data/skeleton/pku2_untrimmed.pkl', num_classes=51),
)
