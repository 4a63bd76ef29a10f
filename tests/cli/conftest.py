"""Fixtures of the command-line tests."""

import runpy
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture()
def run_tool(monkeypatch, capsys):
    """Run a tool; return what it prints and, if it fails, its exit code."""

    def call(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        try:
            runpy.run_path(str(TOOLS / tool), run_name='__main__')
        except SystemExit as stopped:
            return capsys.readouterr().err, stopped.code
        return capsys.readouterr().out

    return call
