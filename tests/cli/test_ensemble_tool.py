"""From a tested model to the table of an ensemble."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.runner import Runner

from mamp_plugin.evaluation import load_scores, save_scores

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'tests/data/tiny_recognizer.py')


@pytest.fixture()
def run(monkeypatch):
    """Runs a script of ``tools/`` in this process."""

    def call(script, *arguments):
        monkeypatch.setattr(sys, 'argv', [script, *map(str, arguments)])
        return runpy.run_path(str(ROOT / 'tools' / script), run_name='__main__')

    return call


@pytest.fixture()
def ensemble(run, capsys):
    """The table's rows by name, in percent."""

    def call(*arguments):
        run('analysis_tools/ensemble.py', *arguments)
        header, *lines = capsys.readouterr().out.splitlines()
        assert header.split() == ['top-1', 'top-5', 'mean', 'class']
        return {line.split()[0]: [float(cell) for cell in line.split()[1:]] for line in lines}

    return call


def write(path, scores, labels=(0, 1, 2, 0), names='abcd'):
    save_scores(str(path), list(names), labels, np.array(scores, np.float32))
    return str(path)


@pytest.fixture()
def streams(tmp_path):
    """Each is right about two of four samples, and surer where it is; the files hold them in different orders."""
    joint = np.array([[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.1, 0.5, 0.4], [0.3, 0.5, 0.2]])
    bone = np.array([[0.4, 0.5, 0.1], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.7, 0.2, 0.1]])
    return write(tmp_path / 'joint.npz', joint), write(tmp_path / 'bone.npz', bone[[2, 0, 3, 1]], (2, 0, 0, 1), 'cadb')


def test_by_hand(ensemble, streams):
    rows = ensemble(*streams)
    assert rows == dict(joint=[50, 100, 50], bone=[50, 100, 50], ensemble=[100, 100, 100])


def test_weights_and_names(ensemble, streams):
    left, right = f'first={streams[0]}', f'second={streams[1]}'
    # the last sample: 3/4 * 0.5 + 1/4 * 0.2 for the wrong class, 3/4 * 0.3 + 1/4 * 0.7 for the right one
    assert ensemble(left, right, '--weights', 3, 1)['ensemble'] == [75, 100, 83.33]
    rows = ensemble(left, right, '--weights', 1, 0)
    assert list(rows) == ['first', 'second', 'ensemble'] and rows['ensemble'] == rows['first']


def test_softmax_puts_logits_on_the_scale_of_probabilities(ensemble, run, streams, tmp_path):
    probabilities = load_scores(streams[0])
    logits = write(tmp_path / 'logits.npz', np.log(probabilities.scores) + 5)
    with pytest.raises(SystemExit, match='bone holds probabilities, logits does not; add --softmax'):
        run('analysis_tools/ensemble.py', streams[1], logits)
    assert ensemble(streams[1], logits, '--softmax')['ensemble'] == ensemble(*streams[::-1])['ensemble']


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['nothing.npz'], 'score file nothing.npz does not exist'),
        (['{joint}', '{bone}', '--weights', '1'], '1 weights for 2 streams'),
        (['{joint}', '{joint}'], "two files are called 'joint': .*write NAME="),
        (['{joint}', '{other}'], 'other.npz lacks, of what .*joint.npz has, 1 sample: d;'),
    ],
)
def test_errors(run, streams, tmp_path, arguments, message):
    other = write(tmp_path / 'other.npz', np.full((3, 3), 1 / 3), (0, 1, 2), 'abc')
    arguments = [argument.format(joint=streams[0], bone=streams[1], other=other) for argument in arguments]
    with pytest.raises(SystemExit, match=message):
        run('analysis_tools/ensemble.py', *arguments)


def test_scores_of_a_tested_model(run, ensemble, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))  # laying it out is slow
    cfg = Config.fromfile(CONFIG)
    cfg.work_dir = str(tmp_path)
    model = Runner.from_cfg(cfg).model
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'model.pth')
    run('test.py', CONFIG, tmp_path / 'model.pth', '--work-dir', tmp_path, '--dump', tmp_path / 'scores.npz')
    tested = capsys.readouterr().out
    read = load_scores(str(tmp_path / 'scores.npz'))
    assert read.labels.tolist() == list(range(16)) and read.scores.shape == (16, 16)
    assert read.names[3] == 'S001C001P001R001A004'
    top1, top5, mean1 = (each / 100 for each in ensemble(tmp_path / 'scores.npz')['ensemble'])
    assert f'acc/top1: {top1:.4f}  acc/top5: {top5:.4f}  acc/mean1: {mean1:.4f}' in tested


def test_names_pass_through_wrapped_data_sets(run):
    carry_names = runpy.run_path(str(ROOT / 'tools/test.py'))['carry_names']
    pack = dict(type='PackActionInputs', algorithm_keys=('frame_dir', 'view'))
    whole = ConfigDict(type='SubsetDataset', dataset=dict(type='ConcatDataset', datasets=[dict(pipeline=[pack])] * 2))
    carry_names(whole)
    for part in whole.dataset.datasets:
        assert part.pipeline[0].algorithm_keys == ('frame_dir', 'view', 'filename')
