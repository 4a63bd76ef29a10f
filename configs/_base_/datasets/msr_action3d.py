# MSR Action3D: odd persons for training, even ones for testing; one person, 20 actions.
train_data = dict(
    type='SkeletonDataset', ann_file='data/skeleton/msr_action3d.pkl', layout='kinect_v1', split='xsub_train'
)
data_info = dict(num_classes=20, num_persons=1, min_frames=32, max_batch_size=64, val=dict(split='xsub_val'))
# a share of the labels does not fill a batch
recipe_options = dict(semi=dict(repeat=10))
