# MAMP on two layouts at once: the synthetic data (25 joints) and UTD-MHAD (20 joints). Joints are known by their names.
_base_ = './_base_/mamp_small.py'
from mamp_plugin.recipes import load_data_config, pretrain

globals().update(
    pretrain(
        _base_,
        model=dict(backbone=dict(joint_names=True, other_layouts=['kinect_v1']), skip_empty_persons=True),
        train_data=dict(
            type='MixedLayoutDataset', datasets=[load_data_config(name).train_data for name in ('synthetic', 'utd')]
        ),
        data_info=dict(num_persons=2, min_frames=32),
        pipeline=[dict(type='ScaleSkeleton'), *_base_.pipeline],
        train_dataloader=dict(drop_last=False, batch_sampler=dict(type='MixedLayoutBatchSampler', drop_last=True)),
    )
)
