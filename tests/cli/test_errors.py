"""Errors of this package end commands in one line, others in a traceback."""

import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from mamp_plugin.cli.errors import run_command
from mamp_plugin.masking import RandomMasking


def raise_ours():
    RandomMasking(ratio=2)


def raise_in_worker():
    list(DataLoader([0], num_workers=1, collate_fn=lambda batch: RandomMasking(ratio=2)))


def raise_of_the_file_system():
    Path('nowhere/file').read_bytes()


def raise_of_torch():
    torch.zeros(2) + torch.zeros(3)


def test_keyboard_interrupt(capsys):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run_command(interrupt)
    assert ended.value.code == 130 and capsys.readouterr().err == 'interrupted\n'


@pytest.mark.parametrize(
    ('command', 'message'),
    [
        (raise_ours, 'error: mask ratio must lie in [0, 1), or be a range (lo, hi) of such numbers, got 2'),
        (raise_in_worker, 'error: mask ratio must lie in [0, 1), or be a range (lo, hi) of such numbers, got 2'),
        (raise_of_the_file_system, "error: [Errno 2] No such file or directory: 'nowhere/file'"),
    ],
)
def test_one_line(command, message, capsys):
    with pytest.raises(SystemExit) as ended:
        run_command(command)
    assert ended.value.code == 1
    assert capsys.readouterr().err == f'{message} (--debug shows the traceback)\n'


def test_bugs_and_debugging_show_the_traceback(monkeypatch):
    with pytest.raises(RuntimeError):
        run_command(raise_of_torch)
    monkeypatch.setattr(sys, 'argv', ['train.py', '--debug'])
    with pytest.raises(ValueError):
        run_command(raise_ours)
    assert sys.argv == ['train.py']
