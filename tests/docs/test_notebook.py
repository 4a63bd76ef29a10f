"""The notebook runs, and jupytext can read it."""

import runpy
from pathlib import Path

import matplotlib
import pytest

NOTEBOOK = Path(__file__).parents[2] / 'docs/notebooks/first_steps.py'


def test_notebook_runs(capsys, monkeypatch):
    matplotlib.use('Agg')
    scope = runpy.run_path(str(NOTEBOOK), run_name='__main__')
    assert sum(scope['losses'][-5:]) < 0.8 * sum(scope['losses'][:5])
    assert scope['untrained'] > 0.3
    assert '1-NN: ' in capsys.readouterr().out


def test_notebook_converts():
    cells = pytest.importorskip('jupytext').read(NOTEBOOK).cells
    kinds = [cell.cell_type for cell in cells]
    assert kinds[0] == 'markdown' and kinds.count('code') >= 6
    assert 'jupyter:' not in ''.join(cell.source for cell in cells)
