"""A work dir belongs to one run at a time."""

import json
import os
import socket
import subprocess
import sys

import pytest

from mamp_plugin.cli.lock import LOCK, lock_work_dir


def write(folder, **owner):
    (folder / LOCK).write_text(json.dumps(owner))


def test_held_while_the_run_lives_and_released(tmp_path):
    folder = tmp_path / 'new'
    with lock_work_dir(str(folder)):
        owner = json.loads((folder / LOCK).read_text())
        assert owner['pid'] == os.getpid() and owner['host'] == socket.gethostname()
        message = f'is in use: process {os.getpid()} on .* choose another --work-dir'
        with pytest.raises(SystemExit, match=message), lock_work_dir(str(folder)):
            pass
    assert not (folder / LOCK).exists()


def test_released_after_an_error(tmp_path):
    with pytest.raises(ValueError), lock_work_dir(str(tmp_path)):
        raise ValueError
    assert not (tmp_path / LOCK).exists()


def test_stale_and_broken_locks_are_taken_over(tmp_path):
    gone = subprocess.Popen([sys.executable, '-c', ''])
    gone.wait()
    write(tmp_path, host=socket.gethostname(), pid=gone.pid)
    with lock_work_dir(str(tmp_path)):
        pass
    (tmp_path / LOCK).write_text('{')
    with lock_work_dir(str(tmp_path)):
        pass


def test_other_hosts_and_other_ranks(tmp_path, monkeypatch):
    write(tmp_path, host='elsewhere', pid=1, since='today')
    message = 'process 1 on elsewhere has trained there since today'
    with pytest.raises(SystemExit, match=message), lock_work_dir(str(tmp_path)):
        pass
    monkeypatch.setenv('RANK', '1')
    with lock_work_dir(str(tmp_path)):
        pass
