"""Command that reports the content and the defects of data files."""

import errno
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
    assert inspect('x.pkl', '--plot', 'pictures', '--layout', 'nturgb+d') == 0
    text = capsys.readouterr().out
    assert 'layout nturgb+d\n' in text and 'Problems: none' in text and 'no skeletons' not in text
    assert sorted(os.listdir('pictures')) == ['classes.png', 'lengths.png', 'sequences.png']


def test_a_layout_is_not_guessed(inspect, content, capsys):
    pytest.importorskip('matplotlib')
    Path('x.pkl').write_bytes(pickle.dumps(content))
    assert inspect('x.pkl', '--plot', 'pictures') == 0
    text = capsys.readouterr().out
    assert 'no skeletons drawn: 25 joints may be nturgb+d, body_25; choose one with --layout NAME' in text
    assert sorted(os.listdir('pictures')) == ['classes.png', 'lengths.png']
    assert inspect('x.pkl', '--layout', 'ntu') == 1
    assert capsys.readouterr().err.startswith("error: unknown skeleton layout 'ntu'; known layouts: nturgb+d, ")


def test_progress_on_a_terminal(inspect, content, monkeypatch, capsys):
    Path('x.pkl').write_bytes(pickle.dumps(content))
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    assert inspect('x.pkl') == 0
    written = capsys.readouterr()
    assert '1/1' in written.err and written.out.startswith('sequences   1\n')


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
def test_unreadable_files_are_reported_in_one_line(inspect, content, message, capsys):
    if content:
        Path('y.pkl').write_bytes(content)
    assert inspect('y.pkl') == 1
    error = capsys.readouterr().err
    assert error.startswith(f'error: {message}') and error.count('\n') == 1


def test_unwritable_folders_are_reported_first(inspect, content, capsys, monkeypatch):
    figures = pytest.importorskip('matplotlib.figure')
    Path('x.pkl').write_bytes(pickle.dumps(content))
    assert inspect('x.pkl', '--plot', 'x.pkl') == 1
    written = capsys.readouterr()
    assert written.err.startswith("error: [Errno 17] File exists: 'x.pkl' (") and not written.out

    def disk_full(*args, **kwargs):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(figures.Figure, 'savefig', disk_full)
    assert inspect('x.pkl', '--plot', 'pictures') == 1
    assert "No space left on device: 'pictures/lengths.png' (" in capsys.readouterr().err
    assert not os.listdir('pictures')
