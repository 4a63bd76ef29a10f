# NTU RGB+D 60 as 2D skeletons of HRNet on the videos (mmaction2's ntu60_2d.pkl), X-sub.
train_data = dict(type='SkeletonDataset', ann_file='data/skeleton/ntu60_2d.pkl', layout='coco', split='xsub_train')
data_info = dict(num_classes=60, num_persons=2, val=dict(split='xsub_val'))
