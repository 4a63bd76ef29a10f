"""Learning rates equal the recorded ones; parameters are grouped by layer and decay."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, OPTIM_WRAPPER_CONSTRUCTORS, PARAM_SCHEDULERS
from mmengine.optim import build_optim_wrapper
from torch import nn

DATA = Path(__file__).parents[2] / 'data'
RECIPES = {
    'pretrain': dict(lr=1e-3, end=400, warmup=20, min_ratio=0.5),
    'finetune': dict(lr=3e-4, end=100, warmup=5, min_ratio=1e-5 / 3e-4),
    'linprobe': dict(lr=0.1, end=100, warmup=0, min_ratio=0),
}


def scheduler(optimizer, epoch_length, **kwargs):
    cfg = dict(type='WarmupCosineLR', convert_to_iter_based=True, epoch_length=epoch_length, **kwargs)
    return PARAM_SCHEDULERS.build(cfg, default_args=dict(optimizer=optimizer))


@pytest.mark.parametrize('recipe', RECIPES)
def test_learning_rates_equal_the_recorded_ones(recipe):
    recorded = np.load(DATA / 'mamp_schedules.npz')
    epochs, expected = recorded[f'{recipe}/epoch'], recorded[f'{recipe}/lr']
    cfg = dict(RECIPES[recipe])
    lr, epoch_length = cfg.pop('lr'), 4
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=lr)
    schedule = scheduler(optimizer, epoch_length, **cfg)
    rates = []
    for _ in range(int(cfg['end'] * epoch_length)):
        rates.append(optimizer.param_groups[0]['lr'])  # set before the step
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(np.array(rates)[np.round(epochs * epoch_length).astype(int)], expected, atol=1e-9)


def test_each_group_has_its_own_peak_and_minimum():
    optimizer = torch.optim.SGD([dict(params=nn.Linear(1, 1).parameters(), lr=lr) for lr in (1.0, 0.1)], lr=1.0)
    schedule = scheduler(optimizer, 1, end=100, min_ratio=0.5)
    for _ in range(99):
        optimizer.step()
        schedule.step()
    assert [group['lr'] for group in optimizer.param_groups] == pytest.approx([0.5, 0.05], rel=1e-3)


def test_a_resumed_schedule_goes_on(tmp_path):
    def fresh():
        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        return optimizer, scheduler(optimizer, 5, end=4, warmup=1)

    optimizer, schedule = fresh()
    for _ in range(7):
        optimizer.step()
        schedule.step()
    other, resumed = fresh()
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    for one, two in ((optimizer, schedule), (other, resumed)):
        one.step()
        two.step()
    assert other.param_groups[0]['lr'] == optimizer.param_groups[0]['lr'] != 1.0


@pytest.mark.parametrize('wrong', [dict(end=5, warmup=5), dict(end=5, min_ratio=2)])
def test_impossible_schedules_are_refused(wrong):
    with pytest.raises(ValueError, match='warmup|min_ratio'):
        scheduler(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0), 1, **wrong)


def classifier():
    """A small model of the kind that is fine-tuned."""
    backbone = dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=8, depth=2, num_heads=2, temporal_patch=4
    )
    cls_head = dict(type='JointMLPHead', num_classes=6, in_channels=8, layout='sbu', hidden_dims=16)
    return MODELS.build(dict(type='RecognizerGCN', backbone=backbone, cls_head=cls_head))


def wrapper(model, layer_decay, **optimizer):
    cfg = dict(
        type='OptimWrapper',
        constructor='LayerDecayOptimWrapperConstructor',
        optimizer=dict(dict(type='AdamW', lr=3e-4, weight_decay=0.05), **optimizer),
        paramwise_cfg=dict(layer_decay=layer_decay),
    )
    return build_optim_wrapper(model, cfg)


def test_without_layer_decay_there_are_two_groups():
    model = classifier()
    groups = wrapper(model, 1.0, betas=(0.9, 0.95)).optimizer.param_groups
    assert [group['weight_decay'] for group in groups] == [0.05, 0.0]
    assert all(parameter.ndim > 1 for parameter in groups[0]['params'])
    assert any(parameter is model.backbone.time_table for parameter in groups[0]['params'])
    assert groups[0]['betas'] == (0.9, 0.95)


def test_frozen_parameters_are_left_out():
    model = classifier()
    model.backbone.requires_grad_(False)
    groups = wrapper(model, 0.8).optimizer.param_groups
    assert sum(len(group['params']) for group in groups) == 6


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match='knows layer_decay, not norm_decay_mult'):
        OPTIM_WRAPPER_CONSTRUCTORS.build(
            dict(
                type='LayerDecayOptimWrapperConstructor',
                optim_wrapper_cfg=dict(optimizer=dict(type='SGD', lr=1)),
                paramwise_cfg=dict(norm_decay_mult=0),
            )
        )
    model = nn.Module()
    model.backbone = nn.Linear(1, 1)
    with pytest.raises(TypeError, match='Linear does not, so set layer_decay=1'):
        wrapper(model, 0.8)
