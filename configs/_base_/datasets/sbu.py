# SBU Kinect Interaction, first of five folds: two persons, some 230 training sequences of 10 to 46 frames.
# fold2_train ... fold5_train are the others.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/sbu.pkl', layout='sbu', split='fold1_train')
data_info = dict(num_classes=8, num_persons=2, window=40, min_frames=16, max_batch_size=32, val=dict(split='fold1_val'))
# a share of the labels does not fill a batch
recipe_options = dict(semi=dict(repeat=10), forecast=dict(history=16, horizon=8))
