"""Command that converts annotation files to stores."""

import errno
import pickle
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.store import SkeletonStore

ROOT = Path(__file__).parents[2]


@pytest.fixture()
def make(monkeypatch, tmp_path):
    keypoint = np.random.rand(1, 5, 25, 3).astype(np.float32)
    content = dict(split=dict(train=['a']), annotations=[dict(frame_dir='a', label=0, keypoint=keypoint)])
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['make_store.py', *arguments])
        runpy.run_path(str(ROOT / 'tools/data/make_store.py'), run_name='__main__')

    return call


@pytest.mark.parametrize('options, dtype', [([], np.float32), (['--half'], np.float16)])
def test_store_is_written(make, capsys, options, dtype):
    make('x.pkl', 'out/x.store', *options)
    assert capsys.readouterr().out == '1 sequences written to out/x.store\n'
    store = SkeletonStore('out/x.store')
    assert store.rows('train').tolist() == [0] and store.annotation(0)['keypoint'].dtype == dtype


def test_progress_on_a_terminal(make, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    make('x.pkl', 'x.store')
    written = capsys.readouterr()
    assert '1/1' in written.err and written.out == '1 sequences written to x.store\n'


def test_errors_are_one_line(make, tmp_path, capsys, monkeypatch):
    (tmp_path / 'bad.pkl').write_bytes(b'annotations')
    (tmp_path / 'empty.pkl').write_bytes(pickle.dumps([]))
    for source, target, message in (
        ('nowhere.pkl', 'x.store', 'annotation file nowhere.pkl does not exist'),
        ('bad.pkl', 'x.store', 'annotation file bad.pkl is damaged'),
        ('empty.pkl', 'x.store', 'there are no annotations to store'),
        ('x.pkl', 'x.pkl', 'x.pkl exists and is no store, so it is not replaced'),
        ('x.pkl', 'x.pkl/y.store', f"[Errno 17] File exists: '{tmp_path}/x.pkl'"),
    ):
        with pytest.raises(SystemExit, match='1'):
            make(source, target)
        error = capsys.readouterr().err
        assert error.startswith(f'error: {message}') and error.count('\n') == 1
    monkeypatch.setattr(np, 'save', disk_full)
    with pytest.raises(SystemExit, match='1'):
        make('x.pkl', 'x.store')
    assert capsys.readouterr().err.startswith("error: [Errno 28] No space left on device: 'x.store' (")
    assert sorted(path.name for path in tmp_path.iterdir()) == ['bad.pkl', 'empty.pkl', 'x.pkl']


def disk_full(*args):
    raise OSError(errno.ENOSPC, 'No space left on device')
