"""A wheel built from the source distribution carries everything and runs outside the checkout."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
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
USE = """
from mmengine.hub import get_config
import mamp_plugin
cfg = get_config('mamp_plugin::mamp_ntu60.py')
print(cfg.model.type, cfg.filename)
"""


def run(*command, cwd, **env):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', *command], cwd=cwd, capture_output=True, text=True, env={**os.environ, **env}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    """The wheel that is built from the source distribution."""
    source = tmp_path_factory.mktemp('checkout')
    ignored = shutil.ignore_patterns('__pycache__', '*.egg-info')
    for name in ('mamp_plugin', 'configs', 'tools', 'requirements'):
        shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp('dist')
    run('-c', BUILD, 'sdist', out, cwd=source)
    (archive,) = out.glob('*.tar.gz')
    with tarfile.open(archive) as file:
        file.extractall(out, filter='data')
    (unpacked,) = (path for path in out.iterdir() if path.is_dir())
    run('-c', BUILD, 'wheel', out, cwd=unpacked)
    return next(out.glob('*.whl'))


def test_it_carries_code_configs_and_tools(wheel):
    with zipfile.ZipFile(wheel) as file:
        packed = {Path(name) for name in file.namelist()}
    expected = {path.relative_to(ROOT) for path in (ROOT / 'mamp_plugin').rglob('*.py')} | {
        Path('mamp_plugin/py.typed')
    }
    for folder, kinds in (('configs', ('.py', '.yml')), ('tools', ('.py', '.sh'))):
        paths = [path for path in (ROOT / folder).rglob('*') if path.suffix in kinds]
        expected |= {Path('mamp_plugin/.mim') / path.relative_to(ROOT) for path in paths}
    assert expected | {Path('mamp_plugin/.mim/model-index.yml')} <= packed
    assert not [path for path in packed if '__pycache__' in path.parts or path.parts[0] == 'tests']


def test_it_requires_what_the_requirements_list(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith('METADATA'))
        metadata = file.read(name).decode()
    assert 'Requires-Python: >=3.10' in metadata and 'Requires-Dist: mmaction2<1.3.0,>=1.2.0' in metadata
    assert 'Requires-Dist: mmcv<2.2.0,>=2.0.0rc4; extra == "mim"' in metadata


def test_configs_are_found_where_it_is_installed(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / 'site')
    (tmp_path / 'work').mkdir()
    kind, path = run('-c', USE, cwd=tmp_path / 'work', PYTHONPATH=str(tmp_path / 'site')).split()
    assert kind == 'MAMP' and Path(path) == tmp_path / 'site/mamp_plugin/.mim/configs/mamp_ntu60.py'
