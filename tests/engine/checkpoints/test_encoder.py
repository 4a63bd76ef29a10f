"""Comparison of checkpoints with models, and joint_parameters of the backbones."""

from fnmatch import fnmatch

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from mamp_plugin.engine.checkpoints.encoder import check_complete, compare, take_encoder

BACKBONES = dict(
    SkeletonTransformer=dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=8, depth=1, num_heads=2, temporal_patch=4
    ),
    SkeletonGRU=dict(type='SkeletonGRU', layout='sbu', hidden_dims=4, num_layers=2),
)


@pytest.mark.parametrize('name', BACKBONES)
def test_joint_parameters_are_the_weights_that_differ_between_layouts(name):
    here, there = (MODELS.build(dict(BACKBONES[name], layout=layout)) for layout in ('sbu', 'nturgb+d'))
    mismatch = compare(there.state_dict(), here)
    assert not mismatch.missing and not mismatch.unexpected
    declared = [one for one in here.state_dict() if any(fnmatch(one, pattern) for pattern in here.joint_parameters)]
    assert set(mismatch.reshaped) == {one for one in declared if not one.endswith('num_batches_tracked')}


def test_weights_resized_on_load_may_have_any_shape():
    here, there = (MODELS.build(dict(BACKBONES['SkeletonTransformer'], num_frames=frames)) for frames in (8, 40))
    assert not compare(there.state_dict(), here).reshaped
    whole = nn.ModuleDict(dict(backbone=here))
    assert not compare({f'backbone.{name}': value for name, value in there.state_dict().items()}, whole).reshaped
    here.load_state_dict(there.state_dict(), strict=True)


def test_missing_batch_counter_is_ignored():
    norm = nn.BatchNorm1d(2)
    weights = {name: value for name, value in norm.state_dict().items() if name != 'num_batches_tracked'}
    assert compare(weights, norm) == ([], [], {})
    del weights['running_mean']
    assert compare(weights, norm).missing == ['running_mean']


def test_long_lists_are_shortened():
    deep = {f'blocks.{index}.{name}': torch.ones(1) for index in range(30) for name in ('weight', 'bias')}
    with pytest.raises(ValueError) as error:
        check_complete({}, nn.ModuleDict(dict(blocks=nn.ModuleList(nn.Linear(1, 1) for _ in range(30)))), 'a.pth')
    assert 'a.pth lacks blocks.0, blocks.1, ' in str(error.value) and 'blocks.7 and 22 more of' in str(error.value)
    model = nn.ModuleDict(dict(blocks=nn.ModuleList([nn.Linear(1, 1)])))
    with pytest.raises(ValueError, match='it has blocks.1, .* blocks.8 and 21 more, which the backbone lacks'):
        take_encoder({f'backbone.{name}': value for name, value in deep.items()}, model, 'backbone.', 'a.pth')
