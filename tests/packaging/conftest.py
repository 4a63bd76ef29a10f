"""The wheel that is built from the source distribution."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = 'import sys; from setuptools import build_meta as b; print(getattr(b, f"build_{sys.argv[1]}")(sys.argv[2]))'
FILES = (
    'pyproject.toml',
    'setup.py',
    'MANIFEST.in',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'CITATION.cff',
    'model-index.yml',
)


@pytest.fixture(scope='session')
def run_python():
    """Run Python in a folder; return what it prints."""

    def run(*command, cwd, **env):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', *map(str, command)],
            cwd=cwd,
            capture_output=True,
            text=True,
            env={**os.environ, **env},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope='session')
def wheel(tmp_path_factory, run_python):
    """The wheel."""
    source = tmp_path_factory.mktemp('checkout')
    ignored = shutil.ignore_patterns('__pycache__', '*.egg-info')
    for name in ('mamp_plugin', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp('dist')
    run_python('-c', BUILD, 'sdist', out, cwd=source)
    (archive,) = out.glob('*.tar.gz')
    with tarfile.open(archive) as file:
        file.extractall(out, filter='data')
    (unpacked,) = (path for path in out.iterdir() if path.is_dir())
    run_python('-c', BUILD, 'wheel', out, cwd=unpacked)
    return next(out.glob('*.whl'))
