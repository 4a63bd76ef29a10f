"""Command that converts annotation files to stores."""

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


def test_errors_are_one_line(make, tmp_path):
    (tmp_path / 'bad.pkl').write_bytes(b'annotations')
    (tmp_path / 'empty.pkl').write_bytes(pickle.dumps([]))
    for source, match in (
        ('nowhere.pkl', 'annotation file nowhere.pkl does not exist'),
        ('bad.pkl', 'annotation file bad.pkl is damaged'),
        ('empty.pkl', 'no annotations to store'),
    ):
        with pytest.raises(SystemExit, match=match):
            make(source, 'x.store')
        assert not (tmp_path / 'x.store').exists()
    with pytest.raises(SystemExit, match='x.pkl exists and is no store, so it is not replaced'):
        make('x.pkl', 'x.pkl')
