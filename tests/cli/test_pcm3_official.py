"""Conversion of official PCM3 checkpoints and back."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import load_checkpoint

from mamp_plugin.cli.pcm3_official import main

ROOT = Path(__file__).parents[2]
#: Sizes of the released model and of a small one.
SIZES = {256: 16, 150: 90, 3072: 48, 2048: 32, 1024: 16, 1536: 36, 512: 12, 128: 8, 32: 20}
MODEL = dict(
    type='PCM3',
    backbone=dict(type='SkeletonGRU', layout='sbu', hidden_dims=16),
    projector=dict(type='Projector', out_channels=8),
    decoder=dict(type='SequenceDecoder', hidden_dims=12),
    queue_size=20,
    task_prompt_dims=16,
)


@pytest.fixture()
def run(monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['pcm3_official.py', *map(str, arguments)])
        main()

    return call


def official_state():
    with np.load(ROOT / 'tests/data/pcm3_prompt_cut.npz') as record:
        shapes = json.loads(str(record['state_json']))
    return {name: torch.rand([SIZES.get(size, size) for size in shape]) for name, shape in shapes}


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_round_trip(run, prefix, tmp_path, capsys):
    state = official_state()
    state['queue_ptr'] = torch.tensor([7])
    checkpoint = dict(
        epoch=451, state_dict={prefix + name: value for name, value in state.items()}, optimizer=dict(state={})
    )
    torch.save(checkpoint, tmp_path / 'official.pth.tar')
    run(tmp_path / 'official.pth.tar', tmp_path / 'ours.pth')
    printed = capsys.readouterr().out
    assert 'backbone: 29 tensors' in printed and 'prompts: 6 tensors' in printed and 'queue: 2 tensors' in printed
    model = MODELS.build(MODEL)
    load_checkpoint(model, str(tmp_path / 'ours.pth'), strict=True, logger='silent')
    assert model.queue.queue_ptr.tolist() == [7]
    assert torch.equal(model.queue.queue, state['queue'])
    assert model(torch.randn(4, 3, 2, 64, 15, 3), mode='loss')['loss_query'].isfinite()
    run(tmp_path / 'ours.pth', tmp_path / 'back.pth', '--reverse')
    back = torch.load(tmp_path / 'back.pth')['state_dict']
    assert back.keys() == state.keys()
    assert all(torch.equal(back[name], state[name]) for name in state)


def test_prompts_after_the_norm_have_no_official_names(run, tmp_path):
    model = MODELS.build(dict(MODEL, prompt_position='after_norm'))
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'ours.pth')
    with pytest.raises(SystemExit, match='ours.pth has 1 unknown parameters: prompts.decoder; nothing was written'):
        run(tmp_path / 'ours.pth', tmp_path / 'back.pth', '--reverse')
    assert not (tmp_path / 'back.pth').exists()
