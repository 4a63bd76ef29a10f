# UTD-MHAD, standard split: odd persons for training, even ones for testing; 431 training sequences of 41 to 125 frames.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/utd_mhad.pkl', layout='kinect_v1', split='xsub_train')
data_info = dict(num_classes=27, num_persons=1, min_frames=32, max_batch_size=64, val=dict(split='xsub_val'))
# a share of the labels does not fill a batch
recipe_options = dict(semi=dict(repeat=10), forecast=dict(history=28, horizon=12))
