"""The benchmark command: arguments and the file of numbers; no timing is judged."""

import json
import runpy
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools/analysis_tools'


@pytest.fixture()
def run(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['benchmark.py', *map(str, arguments)])
        runpy.run_path(str(TOOLS / 'benchmark.py'), run_name='__main__')

    return call


def test_numbers_are_written(run, tmp_path):
    run('--out', tmp_path / 'new/x.json', 'skeleton-text', '--frames', 2, '--files', 1, '--rounds', 1)
    result = json.loads((tmp_path / 'new/x.json').read_text())
    assert result['name'] == 'skeleton-text' and result['rows'][-1]['candidate'] == 'read_bodies'


@pytest.mark.parametrize(
    ('benchmark', 'option'),
    [
        ('mamp-pipeline', '--samples'),
        ('mamp-step', '--batch-size'),
        ('pcm3-step', '--rounds'),
        ('encoder', '--sequences'),
        ('skeleton-text', '--files'),
        ('data-store', '--workers'),
        ('hooks', '--steps'),
    ],
)
def test_counts_are_positive(run, capsys, benchmark, option):
    with pytest.raises(SystemExit, match='2'):
        run(benchmark, option, 0)
    assert f'argument {option}: expected a whole number of at least 1, got 0' in capsys.readouterr().err


def test_the_target_is_checked_first(run, tmp_path, capsys):
    (tmp_path / 'file').touch()
    with pytest.raises(SystemExit, match='1'):
        run('--out', tmp_path / 'file/x.json', 'mamp-step', '--config', 'nowhere.py')
    assert capsys.readouterr().err.startswith(f"error: [Errno 17] File exists: '{tmp_path}/file/x.json' (")
