# PKU-MMD I, 57 of the 66 persons for training.
num_classes = 51
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/pku1_3d.pkl', layout='nturgb+d', split='xsub_train')
val_data = dict(train_data, split='xsub_val', test_mode=True)
