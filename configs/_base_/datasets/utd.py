# UTD-MHAD, odd persons for training, even ones for testing: one person per sequence, 27 actions.
num_classes = 27
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/utd_mhad.pkl', layout='kinect_v1', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
