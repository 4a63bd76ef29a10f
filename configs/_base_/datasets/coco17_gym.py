# FineGYM, 99 classes, as 2D skeletons of HRNet (mmaction2's gym_2d.pkl): one person, the athlete; short clips.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/gym_2d.pkl', layout='coco', split='train')
data_info = dict(num_classes=99, num_persons=1, min_frames=32, val=dict(split='val'))
