"""The test command: score files of a tested model."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config, ConfigDict

from mamp_plugin.cli import test as test_command
from mamp_plugin.cli.test import carry_names, main
from mamp_plugin.evaluation import accuracies, load_scores

CONFIG = Path(__file__).parents[1] / 'data/tiny_recognizer.py'


@pytest.fixture()
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))  # formatting is slow
    torch.save(dict(state_dict=MODELS.build(Config.fromfile(CONFIG).model).state_dict()), tmp_path / 'model.pth')

    def call(*arguments):
        whole = ['test.py', CONFIG, tmp_path / 'model.pth', '--work-dir', tmp_path, *arguments]
        monkeypatch.setattr(sys, 'argv', [str(argument) for argument in whole])
        main()

    return call


def test_dumped_scores_have_the_printed_accuracies(run, tmp_path, capsys):
    run('--dump', tmp_path / 'scores.npz')
    read = load_scores(str(tmp_path / 'scores.npz'))
    assert read.labels.tolist() == list(range(16)) and read.scores.shape == (16, 16)
    assert read.names[3] == 'S001C001P001R001A004'
    found = accuracies(read.scores, read.labels)
    expected = '  '.join(f'acc/{name}: {found[name]:.4f}' for name in ('top1', 'top5', 'mean1'))
    assert expected in capsys.readouterr().out


def test_dumped_pickle_holds_all_predictions(run, tmp_path):
    run('--dump', tmp_path / 'all.pkl')
    assert len(np.load(tmp_path / 'all.pkl', allow_pickle=True)) == 16


@pytest.mark.parametrize('name', ['scores.npz', 'all.pkl'])
def test_the_target_is_checked_before_the_test(run, tmp_path, monkeypatch, name):
    monkeypatch.setattr(test_command, 'build_runner', None)  # a failure after the check
    with pytest.raises(OSError, match=f"'{tmp_path}/model.pth/{name}'"):
        run('--dump', tmp_path / 'model.pth' / name)


def test_other_extensions(run):
    with pytest.raises(SystemExit, match='--dump writes scores .*, got scores.txt'):
        run('--dump', 'scores.txt')


def test_names_pass_through_wrapped_data_sets():
    pack = dict(type='PackActionInputs', algorithm_keys=('frame_dir', 'view'))
    whole = ConfigDict(type='SubsetDataset', dataset=dict(type='ConcatDataset', datasets=[dict(pipeline=[pack])] * 2))
    carry_names(whole)
    for part in whole.dataset.datasets:
        assert part.pipeline[0].algorithm_keys == ('frame_dir', 'view', 'filename')
