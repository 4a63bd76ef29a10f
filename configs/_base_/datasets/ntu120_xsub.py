# NTU RGB+D 120, X-sub: half of the 106 persons for training.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/ntu120_3d.pkl', layout='nturgb+d', split='xsub_train')
data_info = dict(num_classes=120, num_persons=2, val=dict(split='xsub_val'))
