"""Command that reports the content and the defects of data files."""

import os
import pickle
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'data' / 'inspect_data.py'


@pytest.fixture()
def content():
    keypoint = np.random.rand(1, 5, 25, 3).astype(np.float32)
    annotation = dict(frame_dir='a', label=0, total_frames=5, keypoint=keypoint)
    return dict(split=dict(train=['a']), annotations=[annotation])


@pytest.fixture()
def inspect(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['inspect_data.py', *arguments])
        with pytest.raises(SystemExit) as stopped:
            runpy.run_path(str(TOOL), run_name='__main__')
        return stopped.value.code

    return run


def test_sound_data_are_reported_and_drawn(inspect, content, capsys):
    pytest.importorskip('matplotlib')
    Path('x.pkl').write_bytes(pickle.dumps(content))
    assert inspect('x.pkl', '--plot', 'pictures') == 0
    text = capsys.readouterr().out
    assert 'layout nturgb+d' in text and 'Problems: none' in text
    assert sorted(os.listdir('pictures')) == ['classes.png', 'lengths.png', 'sequences.png']


def test_problems_set_the_exit_status(inspect, content, capsys):
    content['split']['train'].append('b')
    Path('x.pkl').write_bytes(pickle.dumps(content))
    assert inspect('x.pkl') == 1
    assert 'b in train' in capsys.readouterr().out


@pytest.mark.parametrize(
    'content, message',
    [
        (None, 'annotation file y.pkl does not exist'),
        (b'annotations', 'annotation file y.pkl is damaged'),
        (pickle.dumps(3), 'annotation file y.pkl must hold'),
    ],
)
def test_unreadable_files_are_reported_in_one_line(inspect, content, message):
    if content:
        Path('y.pkl').write_bytes(content)
    error = inspect('y.pkl')
    assert error.startswith(message) and '\n' not in error
