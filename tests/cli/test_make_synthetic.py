"""Command that writes the synthetic data sets."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets import (
    SkeletonDataset,
    SyntheticSkeletonDataset,
    SyntheticUntrimmedDataset,
    UntrimmedSkeletonDataset,
)
from mamp_plugin.datasets.synthetic_dataset import SPLITS

TOOL = Path(__file__).parents[2] / 'tools' / 'data' / 'make_synthetic.py'


@pytest.fixture()
def make(monkeypatch, tmp_path):
    def run(*arguments, out='data.pkl'):
        path = str(tmp_path / out)
        monkeypatch.setattr(
            sys, 'argv', ['make_synthetic.py', '--out', path, '--seed', '5', '--subjects', '2', *arguments]
        )
        runpy.run_path(str(TOOL), run_name='__main__')
        return path

    return run


def assert_same(stored, computed, step):
    assert len(stored) == len(computed)
    for index in range(0, len(stored), step):
        left, right = stored[index], computed[index]
        assert left.keys() == right.keys()
        for key in left:
            np.testing.assert_array_equal(left[key], right[key], err_msg=key)
            assert type(left[key]) is type(right[key])


@pytest.mark.parametrize('layout', ['nturgb+d', 'coco'])
def test_file_equals_the_data_set(make, layout):
    path = make('--layout', layout)
    for split in SPLITS:
        computed = SyntheticSkeletonDataset(pipeline=[], split=split, layout=layout, seed=5, num_subjects=2)
        assert_same(SkeletonDataset(path, pipeline=[], split=split, layout=layout), computed, step=13)


@pytest.mark.parametrize('layout, split', [('nturgb+d', 'xsub_train'), ('nturgb+d', 'xview_val'), ('coco', 'xsub_val')])
def test_untrimmed_file_equals_the_data_set(make, layout, split, capsys):
    path = make('--layout', layout, '--untrimmed')
    assert f'6 sequences written to {path}' in capsys.readouterr().out
    windows = dict(pipeline=[], window=50, stride=20, layout=layout, split=split)
    stored = UntrimmedSkeletonDataset(path, num_classes=16, **windows)
    assert_same(stored, SyntheticUntrimmedDataset(seed=5, num_subjects=2, **windows), step=7)


@pytest.mark.parametrize('options, bar', [([], '96/96'), (['--untrimmed'], '6/6')])
def test_progress_on_a_terminal(make, monkeypatch, capsys, options, bar):
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    path = make(*options)
    written = capsys.readouterr()
    assert bar in written.err and written.out == f'{bar.split("/")[0]} sequences written to {path}\n'


def test_the_target_is_checked_first(make, tmp_path, capsys, monkeypatch):
    (tmp_path / 'file').touch()
    monkeypatch.setattr(SyntheticSkeletonDataset, 'get_data_info', None)  # a failure after the check
    with pytest.raises(SystemExit, match='1'):
        make(out='file/data.pkl')
    assert capsys.readouterr().err.startswith(f"error: [Errno 17] File exists: '{tmp_path}/file/data.pkl' (")


@pytest.mark.parametrize('option', ['--subjects', '--repetitions'])
def test_counts_are_positive(make, option, capsys):
    with pytest.raises(SystemExit):
        make(option, '0')
    assert f'argument {option}: expected a whole number of at least 1, got 0' in capsys.readouterr().err


def test_other_suffixes_are_refused(make, capsys):
    with pytest.raises(SystemExit):
        make(out='data.npz')
    assert '--out must end in .pkl' in capsys.readouterr().err
