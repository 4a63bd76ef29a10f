"""Processes of torchrun end with it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import mamp_plugin

MODULE = Path(mamp_plugin.__file__).parent / 'cli/launcher_death.py'
RANK = f"import runpy, time; runpy.run_path({str(MODULE)!r})['end_with_launcher'](); time.sleep(60)"
LAUNCHER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, '-c', sys.argv[1]]).pid, flush=True)
input()
"""
ENV = {**os.environ, 'TORCHELASTIC_RUN_ID': 'test'}


def test_a_killed_launcher():
    command = [sys.executable, '-c', LAUNCHER, RANK]
    launcher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENV)
    rank = Path('/proc', launcher.stdout.readline().strip(), 'cmdline')
    assert rank.exists()
    launcher.kill()
    launcher.communicate()
    for _ in range(300):
        # a zombie, if nobody waits for it, has no command line
        if not rank.exists() or not rank.read_bytes():
            return
        time.sleep(0.1)
    raise AssertionError('the rank lives on')


def test_a_launcher_that_died_before():
    """The parent of an orphan is no Python program."""
    command = ['sh', '-c', '"$0" -c "$1"; exit $?', sys.executable, RANK]
    ended = subprocess.run(command, capture_output=True, text=True, env=ENV)
    assert ended.returncode == 1 and ended.stderr == 'torchrun, which started this process, has died\n'
