"""Checkpoints that a run is resumed from."""

import pytest
import torch
from mmengine.optim import ConstantLR, CosineAnnealingLR
from torch import nn

from mamp_plugin.engine.checkpoints.resumption import check_resumable, describe_kept_schedule

STATE = dict(state_dict=dict(weight=torch.ones(1)), meta=dict(epoch=2, iter=8), message_hub={})


@pytest.mark.parametrize('lacking', [dict(meta=None), dict(meta={}), dict(meta=dict(epoch=2)), dict(message_hub=None)])
def test_checkpoints_without_state_of_a_run(lacking):
    check_resumable(STATE, 'a.pth')
    checkpoint = {key: value for key, value in dict(STATE, **lacking).items() if value is not None}
    with pytest.raises(ValueError, match='a.pth holds weights but no state of .*leave out --resume .*load_from=a.pth'):
        check_resumable(checkpoint, 'a.pth')


def schedules(end):
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    return [ConstantLR(optimizer, factor=0.5, end=1), CosineAnnealingLR(optimizer, begin=1, end=end)]


@pytest.mark.parametrize('wrap', [lambda schedulers: schedulers, lambda schedulers: dict(optimizer=schedulers)])
def test_schedule_of_another_length(wrap):
    checkpoint = dict(param_schedulers=wrap([schedule.state_dict() for schedule in schedules(10)]))
    warnings = [describe_kept_schedule(checkpoint, wrap(schedules(end)), 'a.pth') for end in (10, 20, 5)]
    assert warnings[0] is None
    assert 'ends at epoch 10, but that of this config at epoch 20: lr stays at its final value' in warnings[1]
    assert 'ends at epoch 10, but that of this config at epoch 5: lr does not reach its final value' in warnings[2]


@pytest.mark.parametrize('unbuilt', [None, [dict(type='ConstantLR')]])
def test_without_schedule(unbuilt):
    checkpoint = dict(param_schedulers=[schedule.state_dict() for schedule in schedules(10)])
    assert describe_kept_schedule(checkpoint, unbuilt, 'a.pth') is None
    assert describe_kept_schedule({}, schedules(10), 'a.pth') is None
