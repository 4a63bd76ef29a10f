# SBU Kinect Interaction, first of five folds: two persons, 8 interactions. fold2_train ... fold5_train are the others.
num_classes = 8
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/sbu.pkl', layout='sbu', split='fold1_train')
val_data = dict(train_data, split='fold1_val', test_mode=True)
