"""Setting up leaves alone what an environment has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def missing(tmp_path, *lines):
    path = tmp_path / 'requirements.txt'
    path.write_text('# a comment\n\n' + '\n'.join(lines) + '\n')
    script = ROOT / 'tools/_missing.py'
    return subprocess.run([sys.executable, script, path], capture_output=True, text=True, check=True).stdout.split('\n')


def test_other_versions_and_flavours_count_as_present(tmp_path):
    lines = ['torch==0.0.1', 'mmcv-lite==0.0.1', 'opencv-python==0.0.1', 'numpy==0.0.1; python_version >= "3.8"']
    assert missing(tmp_path, *lines) == ['']


def test_what_is_not_there_is_printed_with_its_version_and_condition(tmp_path):
    line = 'surely-not-installed==1.2; python_version < "3.99"'
    assert missing(tmp_path, 'torch==2.13.0', line) == [line, '']


def test_an_unsupported_python_is_named_before_anything_is_made(tmp_path):
    """A copy of the script elsewhere, so that the environment in use stays as it is."""
    (tmp_path / 'tools').mkdir()
    script = tmp_path / 'tools/setup_env.sh'
    script.write_text((ROOT / 'tools/setup_env.sh').read_text())
    old = tmp_path / 'python'
    old.write_text('#!/bin/sh\ncase "$1" in -V) echo Python 3.6.1 ;; *) exit 1 ;; esac\n')
    old.chmod(0o755)
    done = subprocess.run(['bash', script], capture_output=True, text=True, env={**os.environ, 'PYTHON': str(old)})
    assert done.returncode == 1 and 'needs Python 3.10 to 3.12' in done.stderr and 'Python 3.6.1' in done.stderr
    assert not (tmp_path / '.venv').exists()


def test_the_cuda_build_is_not_fetched_without_a_gpu(tmp_path):
    tools = tmp_path / 'my tools'
    tools.mkdir()
    function = (ROOT / 'tools/setup_env.sh').read_text()
    function = function[function.index('install_torch() {') : function.index('install_all() {')]
    pip = tools / 'python'
    pip.write_text('#!/bin/sh\necho "$@" >>"$0.calls"\necho Would install torch-2.13.0 nvidia-cublas-13.1\n')
    pip.chmod(0o755)
    code = f"""
PYTHON="{pip}"
say() {{ echo "$@"; }}
fail() {{ echo "$@"; exit 1; }}
{function}
install_torch torch==2.13.0
"""
    env = {'PATH': '/usr/bin:/bin'}
    done = subprocess.run(['bash', '-c', code], capture_output=True, text=True, env=env)
    if Path('/usr/bin/nvidia-smi').exists():
        pytest.skip('this machine has a GPU')
    assert done.returncode == 1 and 'several GB' in done.stdout
    calls = Path(f'{pip}.calls').read_text().splitlines()
    assert '-m pip install --quiet torch==2.13.0' not in calls
    subprocess.run(['bash', '-c', code], check=True, capture_output=True, env={**env, 'MAMP_ALLOW_CUDA': '1'})
    assert Path(f'{pip}.calls').read_text().splitlines()[-1] == '-m pip install --quiet torch==2.13.0'
