# Northwestern-UCLA: cameras 1 and 2 for training, camera 3 for testing; one person, 10 actions, about 30 frames.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/nw_ucla.pkl', layout='kinect_v1', split='xview_train')
data_info = dict(num_classes=10, num_persons=1, min_frames=16, max_batch_size=64, val=dict(split='xview_val'))
