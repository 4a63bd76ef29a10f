"""WarmupCosineLR against recorded learning rates."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import PARAM_SCHEDULERS
from torch import nn

from mamp_plugin.engine.schedulers import warmup_cosine

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
def test_recorded_learning_rates(recipe):
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


def test_parameter_groups_have_their_own_peak_and_minimum():
    optimizer = torch.optim.SGD([dict(params=nn.Linear(1, 1).parameters(), lr=lr) for lr in (1.0, 0.1)], lr=1.0)
    schedule = scheduler(optimizer, 1, end=100, min_ratio=0.5)
    for _ in range(99):
        optimizer.step()
        schedule.step()
    assert [group['lr'] for group in optimizer.param_groups] == pytest.approx([0.5, 0.05], rel=1e-3)


def test_resumed_schedule(tmp_path):
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


@pytest.mark.parametrize(
    ('end', 'epoch_length', 'warmup', 'shortened'),
    [(3, 10, 5, 3), (5, 1, 5, 1), (2, 1, 9, 1), (1, 1, 5, 0), (5, 2, 4, 8)],
)
def test_warmup_is_cut_to_a_tenth_of_a_short_run(end, epoch_length, warmup, shortened, monkeypatch):
    lines = []
    monkeypatch.setattr(warmup_cosine, 'print_log', lambda line, **kwargs: lines.append(line))
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    schedule = scheduler(optimizer, epoch_length, end=end, warmup=warmup)
    assert schedule.warmup == shortened
    rates = []
    for _ in range(end * epoch_length):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        schedule.step()
    assert rates.index(1.0) == shortened
    cut = warmup >= end
    assert (
        lines
        == [
            f'a warmup of {warmup * epoch_length} steps does not fit a schedule of {end * epoch_length}: '
            f'it is cut to {shortened}; set warmup of WarmupCosineLR for another one'
        ]
        * cut
    )


@pytest.mark.parametrize('wrong', [dict(end=5, warmup=-1), dict(end=5, min_ratio=2)])
def test_invalid_schedules(wrong):
    with pytest.raises(ValueError, match='warmup|min_ratio'):
        scheduler(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0), 1, **wrong)
