"""``python -m mamp_plugin`` prints the facts that a bug report needs."""

from pathlib import Path

import torch

import mamp_plugin
from mamp_plugin import __main__


def test_versions_and_locations_are_printed(capsys):
    __main__.main()
    facts = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert facts['mamp-plugin'].startswith(f'{mamp_plugin.__version__} in ')
    assert facts['torch'] == torch.__version__ and facts['mmaction2'].startswith('1.2')
    assert (Path(facts['configs']) / 'mamp_ntu60.py').is_file() and (Path(facts['tools']) / 'train.py').is_file()


def test_absent_packages_are_said_to_be_absent(capsys, monkeypatch):
    monkeypatch.setattr(__main__, 'PACKAGES', ('surely-not-installed',))
    __main__.main()
    assert 'surely-not-installed not installed' in capsys.readouterr().out
