"""Official checkpoints become ours and come back unchanged."""

import argparse
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

ROOT = Path(__file__).parents[2]
CASE = np.load(ROOT / 'tests/data/mamp_a.npz')


@pytest.fixture()
def run(monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['mamp_official.py', *map(str, arguments)])
        runpy.run_path(str(ROOT / 'tools/model_converters/mamp_official.py'), run_name='__main__')

    return call


@pytest.fixture()
def official(tmp_path):
    state = {name[6:]: torch.from_numpy(CASE[name]) for name in CASE if name.startswith('state/')}
    path = tmp_path / 'official.pth'
    torch.save(dict(model=state, epoch=399, optimizer=dict(state={}), args=argparse.Namespace(lr=1e-3)), path)
    return path


def test_a_pretraining_checkpoint_loads_strictly_and_comes_back(run, official, tmp_path, capsys):
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
def test_downstream_names_go_both_ways(run, kind, tmp_path):
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


def test_unknown_names_are_refused_by_name_and_nothing_is_written(run, tmp_path):
    torch.save(dict(model={'pos_embed': torch.rand(1), 'cls_token': torch.rand(1)}), tmp_path / 'vit.pth')
    with pytest.raises(SystemExit, match='vit.pth has 1 parameters .*: cls_token. Nothing was written'):
        run(tmp_path / 'vit.pth', tmp_path / 'ours.pth')
    assert not list(tmp_path.glob('ours*'))


def test_a_file_without_weights_is_refused(run, tmp_path):
    torch.save(dict(epoch=3), tmp_path / 'empty.pth')
    with pytest.raises(SystemExit, match='empty.pth holds no weights under state_dict or model'):
        run(tmp_path / 'empty.pth', tmp_path / 'ours.pth')
