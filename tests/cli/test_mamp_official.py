"""Conversion of official MAMP checkpoints and back."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mamp_plugin.cli.mamp_official import main

ROOT = Path(__file__).parents[2]
CASE = np.load(ROOT / 'tests/data/mamp_a.npz')


@pytest.fixture()
def run(monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['mamp_official.py', *map(str, arguments)])
        main()

    return call


@pytest.fixture()
def official(tmp_path):
    state = {name[6:]: torch.from_numpy(CASE[name]) for name in CASE if name.startswith('state/')}
    path = tmp_path / 'official.pth'
    torch.save(dict(model=state, epoch=399, optimizer=dict(state={}), args=argparse.Namespace(lr=1e-3)), path)
    return path


def test_round_trip_of_a_pretraining_checkpoint(run, official, tmp_path, capsys):
    run(official, tmp_path / 'ours.pth')
    assert 'backbone: ' in capsys.readouterr().out
    model = MODELS.build(
        dict(
            type='MAMP',
            backbone=dict(
                type='SkeletonTransformer',
                layout='nturgb+d',
                num_frames=24,
                embed_dims=32,
                depth=2,
                num_heads=4,
                temporal_patch=4,
            ),
            masking=dict(type='MotionAwareMasking'),
            neck=dict(type='MotionDecoder', embed_dims=32, depth=2, num_heads=4),
            head=dict(type='MotionPredictionHead'),
        )
    )
    load_checkpoint(model, str(tmp_path / 'ours.pth'), strict=True, logger='silent')
    run(tmp_path / 'ours.pth', tmp_path / 'back.pth', '--reverse')
    before, after = (torch.load(path, weights_only=False)['model'] for path in (official, tmp_path / 'back.pth'))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize('kind', ['linprobe', 'finetune'])
def test_round_trip_of_downstream_names(run, kind, tmp_path):
    with np.load(ROOT / 'tests/data/mamp_downstream.npz') as record:
        names = [key.split('state/')[1] for key in record if key.startswith(f'{kind}/state/')]
    assert sum(name.startswith('head.') for name in names) >= 5
    state = {f'module.{name}': torch.rand(2) for name in names}
    torch.save(dict(model=state), tmp_path / 'official.pth')
    run(tmp_path / 'official.pth', tmp_path / 'ours.pth')
    run(tmp_path / 'ours.pth', tmp_path / 'back.pth', '--reverse')
    back = torch.load(tmp_path / 'back.pth')['model']
    assert sorted(back) == sorted(names)
    assert all(torch.equal(back[name], state[f'module.{name}']) for name in names)
