"""make_synthetic.py."""

import sys

import pytest

from mamp_plugin.cli.make_synthetic import main
from mamp_plugin.datasets import SkeletonDataset, UntrimmedSkeletonDataset


@pytest.fixture()
def make(monkeypatch, tmp_path):
    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['make_synthetic.py', *arguments])
        main()

    monkeypatch.chdir(tmp_path)
    return call


def test_both_kinds_are_written(make, capsys):
    make('--out', 'trimmed.pkl', '--layout', 'sbu', '--subjects', '1')
    make('--out', 'untrimmed.pkl', '--layout', 'sbu', '--subjects', '1', '--untrimmed')
    written = capsys.readouterr().out
    assert '48 sequences written to trimmed.pkl' in written and '3 sequences written to untrimmed.pkl' in written
    assert len(SkeletonDataset('trimmed.pkl', pipeline=[], layout='sbu', split='xview_val')) == 16
    assert UntrimmedSkeletonDataset('untrimmed.pkl', [], num_classes=16, window=50, stride=50, layout='sbu').segments


def test_other_endings_are_rejected(make, capsys):
    with pytest.raises(SystemExit):
        make('--out', 'x.npz')
    assert '--out must end in .pkl' in capsys.readouterr().err
