"""``python -m mamp_plugin`` runs the tools, and prints the facts that a bug report needs."""

from pathlib import Path

import pytest
import torch

import mamp_plugin
from mamp_plugin import __main__


def test_versions_and_locations_are_printed(capsys):
    __main__.print_versions()
    facts = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert facts['mamp-plugin'].startswith(f'{mamp_plugin.__version__} in ')
    assert facts['torch'] == torch.__version__ and facts['mmaction2'].startswith('1.2')
    assert (Path(facts['configs']) / 'mamp_ntu60.py').is_file() and (Path(facts['tools']) / 'train.py').is_file()


def test_absent_packages_are_said_to_be_absent(capsys, monkeypatch):
    monkeypatch.setattr(__main__, 'PACKAGES', ('surely-not-installed',))
    __main__.print_versions()
    assert 'surely-not-installed not installed' in capsys.readouterr().out


def test_tools_are_named_by_their_files():
    tools = __main__.find_tools()
    assert {'train', 'test', 'prepare', 'infer', 'probe', 'search', 'export', 'publish', 'benchmark'} <= tools.keys()
    assert all('__main__' in path.read_text() for path in tools.values())


def test_a_tool_gets_the_arguments_that_follow(monkeypatch, capsys):
    monkeypatch.setattr('sys.argv', ['mamp_plugin', 'infer', '--help'])
    with pytest.raises(SystemExit) as stopped:
        __main__.run_tool('infer')
    text = capsys.readouterr().out
    assert stopped.value.code == 0 and text.startswith('usage: infer.py') and '--checkpoint' in text


def test_an_unknown_tool():
    with pytest.raises(SystemExit, match="error: there is no tool 'prob'; did you mean probe?"):
        __main__.run_tool('prob')
    with pytest.raises(SystemExit, match="error: there is no tool 'x'; choose from .*train"):
        __main__.run_tool('x')
