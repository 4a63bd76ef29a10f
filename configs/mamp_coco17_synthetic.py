# MAMP on the synthetic data as 2D skeletons; settings of mamp_synthetic.py.
_base_ = ['./mamp_synthetic.py', './_base_/two_d.py']
from mamp_plugin.recipes import load_data_config, pretrain

globals().update(
    pretrain(
        _base_,
        **load_data_config('coco17_synthetic'),
        model=dict(coordinates=2),
        pipeline=[*_base_.by_body, *_base_.pipeline[1:]],
    )
)
