"""Settings that change the function of an encoder but no shape."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import ConfigDict

from mamp_plugin.engine.checkpoints.settings import check_settings, plain_settings

GRAPH = dict(type='SkeletonSTGCN', graph_cfg=dict(layout='nturgb+d', mode='spatial'), base_channels=4, num_stages=2)
GRAPH.update(inflate_stages=[2], down_stages=[2])


def check(there, here, **kwargs):
    check_settings({**GRAPH, **there}, {**GRAPH, **here}, MODELS.build(GRAPH), 'a.pth', **kwargs)


@pytest.mark.parametrize(
    'same',
    [
        dict(data_bn_type='VC'),  # the default of mmaction2's STGCN, to which the plugin's class passes it on
        dict(type='STGCN'),
        dict(frozen_stages=1),
        dict(tcn_dropout=0.5),
        dict(graph_cfg=dict(layout='coco', mode='spatial')),
        dict(unknown_to_the_other=1),
    ],
)
def test_settings_that_may_differ(same):
    check({}, same)
    check(same, {})


def test_tuples_are_lists_in_checkpoints():
    check({}, dict(down_stages=(2,)))


@pytest.mark.parametrize(('key', 'value', 'default'), [('down_stages', [], [2]), ('data_bn_type', 'MVC', 'VC')])
def test_settings_that_must_agree(key, value, default):
    with pytest.raises(ValueError) as error:
        check({}, {key: value})
    assert f'a.pth was trained with {key}={default!r}, but model.backbone has {key}={value!r}' in str(error.value)
    assert f'set model.backbone.{key}={default!r}, or list {key!r} in free_settings' in str(error.value)
    check({}, {key: value}, free=[key])


@pytest.mark.parametrize('recorded', [None, 'dict(num_heads=__import__("os"))', [1], {3: 4, **GRAPH}])
def test_records_that_are_no_settings(recorded):
    check_settings(recorded, GRAPH, MODELS.build(GRAPH), 'a.pth')


def test_plain_settings_hold_only_json():
    cfg = ConfigDict(layout='sbu', nested=dict(sizes=(1, 2)), norm=torch.nn.LayerNorm, table=torch.ones(1))
    plain = plain_settings(cfg)
    assert plain == dict(layout='sbu', nested=dict(sizes=[1, 2])) and type(plain['nested']) is dict
