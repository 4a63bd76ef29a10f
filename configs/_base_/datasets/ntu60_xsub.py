# NTU RGB+D 60, X-sub: half of the 40 persons for training.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/ntu60_3d.pkl', layout='nturgb+d', split='xsub_train')
data_info = dict(num_classes=60, num_persons=2, val=dict(split='xsub_val'))
