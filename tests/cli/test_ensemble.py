"""The ensemble command: table and errors."""

import sys

import numpy as np
import pytest

from mamp_plugin.cli.ensemble import main
from mamp_plugin.evaluation import load_scores, save_scores


@pytest.fixture()
def run(monkeypatch):
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['ensemble.py', *map(str, arguments)])
        main()

    return call


@pytest.fixture()
def ensemble(run, capsys):
    """Return the rows of the table by name, in percent."""

    def call(*arguments):
        run(*arguments)
        header, *lines = capsys.readouterr().out.splitlines()
        assert header.split() == ['top-1', 'top-5', 'mean', 'class']
        return {line.split()[0]: [float(cell) for cell in line.split()[1:]] for line in lines}

    return call


def write(path, scores, labels=(0, 1, 2, 0), names='abcd'):
    save_scores(str(path), list(names), labels, np.array(scores, np.float32))
    return str(path)


@pytest.fixture()
def streams(tmp_path):
    """Two score files with 50 % accuracy each and 100 % together, in different orders."""
    joint = np.array([[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.1, 0.5, 0.4], [0.3, 0.5, 0.2]])
    bone = np.array([[0.4, 0.5, 0.1], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.7, 0.2, 0.1]])
    return write(tmp_path / 'joint.npz', joint), write(tmp_path / 'bone.npz', bone[[2, 0, 3, 1]], (2, 0, 0, 1), 'cadb')


def test_hand_computed(ensemble, streams):
    rows = ensemble(*streams)
    assert rows == dict(joint=[50, 100, 50], bone=[50, 100, 50], ensemble=[100, 100, 100])


def test_weights_and_names(ensemble, streams):
    left, right = f'first={streams[0]}', f'second={streams[1]}'
    # the last sample: 3/4 * 0.5 + 1/4 * 0.2 for the wrong class, 3/4 * 0.3 + 1/4 * 0.7 for the right one
    assert ensemble(left, right, '--weights', 3, 1)['ensemble'] == [75, 100, 83.33]
    rows = ensemble(left, right, '--weights', 1, 0)
    assert list(rows) == ['first', 'second', 'ensemble'] and rows['ensemble'] == rows['first']


def test_softmax_converts_logits(ensemble, run, streams, tmp_path):
    probabilities = load_scores(streams[0])
    logits = write(tmp_path / 'logits.npz', np.log(probabilities.scores) + 5)
    with pytest.raises(SystemExit, match='bone holds probabilities, logits does not; convert logits with --softmax'):
        run(streams[1], logits)
    assert ensemble(streams[1], logits, '--softmax')['ensemble'] == ensemble(*streams[::-1])['ensemble']


@pytest.mark.parametrize(
    'arguments, message',
    [
        (['nothing.npz'], 'score file nothing.npz does not exist'),
        (['{joint}', '{bone}', '--weights', '1'], 'got 1 weights for 2 streams'),
        (['{joint}', '{joint}'], "two files are named 'joint': .*write NAME="),
        (['{joint}', '{other}'], 'other.npz lacks 1 sample: d, found in .*joint.npz;'),
    ],
)
def test_errors(run, streams, tmp_path, arguments, message):
    other = write(tmp_path / 'other.npz', np.full((3, 3), 1 / 3), (0, 1, 2), 'abc')
    arguments = [argument.format(joint=streams[0], bone=streams[1], other=other) for argument in arguments]
    with pytest.raises(SystemExit, match=message):
        run(*arguments)
