"""inspect_data.py."""

import os
import pickle
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools/data'
ENV = {**os.environ, 'PYTHONPATH': f'{ROOT}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'}


def run(*command, cwd):
    return subprocess.run(
        [sys.executable, '-W', 'ignore', *map(str, command)], cwd=cwd, env=ENV, capture_output=True, text=True
    )


@pytest.fixture()
def file(tmp_path):
    keypoint = np.random.rand(1, 5, 25, 3).astype(np.float32)
    content = dict(
        split=dict(train=['a']), annotations=[dict(frame_dir='a', label=0, total_frames=5, keypoint=keypoint)]
    )
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
    return tmp_path / 'x.pkl'


def test_good_data_drawn_from_another_folder(file, tmp_path):
    pytest.importorskip('matplotlib')
    done = run(TOOLS / 'inspect_data.py', 'x.pkl', '--plot', 'pictures', cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, '')
    assert 'layout nturgb+d' in done.stdout and 'Problems: none' in done.stdout
    assert sorted(os.listdir(tmp_path / 'pictures')) == ['classes.png', 'lengths.png', 'sequences.png']


def test_problems_are_the_exit_status_even_in_the_folder_of_the_tool(file):
    content = pickle.loads(file.read_bytes())
    content['split']['train'].append('b')
    file.write_bytes(pickle.dumps(content))
    done = run('inspect_data.py', file, cwd=TOOLS)
    assert done.returncode == 1 and 'b in train' in done.stdout and done.stderr == ''


@pytest.mark.parametrize(
    'content, message',
    [
        (None, 'annotation file y.pkl does not exist'),
        (b'annotations', 'annotation file y.pkl is damaged'),
        (pickle.dumps(3), 'annotation file y.pkl must hold'),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', ['inspect_data.py', 'y.pkl'])
    if content:
        (tmp_path / 'y.pkl').write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        runpy.run_path(str(TOOLS / 'inspect_data.py'), run_name='__main__')
