# PCM3 on the synthetic data as 2D skeletons; settings of pcm3_synthetic.py.
_base_ = ['./pcm3_synthetic.py', './_base_/two_d.py']
from mamp_plugin.recipes import load_data_config, pretrain

globals().update(
    pretrain(
        _base_,
        **load_data_config('coco17_synthetic'),
        pipeline=[_base_.pipeline[0], *_base_.by_body_in_every_frame, *_base_.pipeline[2:]],
    )
)
