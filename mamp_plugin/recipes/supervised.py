"""Supervised baselines: a network of mmaction2 put together with a data set."""

import copy
from typing import Any

from mmengine.config import ConfigDict

from .changes import Changes
from .pipelines import Pipeline

#: Size of mmaction2's graph networks for sets of some 500 sequences, and the channels of their features.
SMALL = dict(base_channels=16, num_stages=4, inflate_stages=[2, 3], down_stages=[2, 3])
SMALL_CHANNELS = 64


def supervised(base: ConfigDict, clip_len: int = 100, small: bool = False) -> Changes:
    """Train a graph network of mmaction2 from random weights on the joints of a data set.

    Args:
        base (ConfigDict): ``_base_`` of the config: a network with its schedule, as mmaction2 publishes it, and a data
            set (``train_data``, ``data_info``).
        clip_len (int): Frames of a clip. Defaults to 100.
        small (bool): Whether to shrink the network for a small set. Defaults to False.
    """
    info, train = base.data_info, dict(base.train_data)
    val = dict(train, **info.val, test_mode=True)
    backbone: Changes = dict(graph_cfg=dict(layout=train['layout'])) if 'layout' in train else {}
    if info.num_persons != 2:
        backbone.update(num_person=info.num_persons)
    head = dict(num_classes=info.num_classes)
    if small:
        backbone.update(SMALL)
        head.update(in_channels=SMALL_CHANNELS)

    def pipeline(**sampling: Any) -> Pipeline:
        return [
            # these two give what mmaction2's PreNormalize3D gives, faster and for every layout
            dict(type='DropEmptyFrames'),
            dict(type='CenterSkeleton', frame='first', align=True, absent='joint'),
            dict(type='UniformSampleFrames', clip_len=clip_len, **sampling),
            dict(type='PoseDecode'),
            dict(type='FormatGCNInput', num_person=info.num_persons),
            dict(type='PackActionInputs'),
        ]

    return dict(
        model=dict(backbone=backbone, cls_head=head),
        train_dataloader=dict(dataset=dict(dataset=dict(pipeline=pipeline(), **train))),
        val_dataloader=dict(dataset=dict(pipeline=pipeline(num_clips=1, test_mode=True), **copy.deepcopy(val))),
        test_dataloader=dict(dataset=dict(pipeline=pipeline(num_clips=10, test_mode=True), **copy.deepcopy(val))),
    )
