"""A wheel built from the source distribution carries everything and runs outside the checkout."""

import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
USE = """
from mmengine.hub import get_config
import mamp_plugin
cfg = get_config('mamp_plugin::mamp_ntu60.py')
print(cfg.model.type, cfg.filename)
"""


def test_it_carries_code_configs_and_tools(wheel):
    with zipfile.ZipFile(wheel) as file:
        packed = {Path(name) for name in file.namelist()}
    expected = {path.relative_to(ROOT) for path in (ROOT / 'mamp_plugin').rglob('*.py')} | {
        Path('mamp_plugin/py.typed')
    }
    assets = (ROOT / 'mamp_plugin/visualization/report/assets').iterdir()
    expected |= {path.relative_to(ROOT) for path in assets}
    for folder, kinds in (('configs', ('.py', '.yml')), ('tools', ('.py', '.sh', '.txt'))):
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


def test_configs_are_found_where_it_is_installed(wheel, run_python, tmp_path):
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / 'site')
    (tmp_path / 'work').mkdir()
    kind, path = run_python('-c', USE, cwd=tmp_path / 'work', PYTHONPATH=str(tmp_path / 'site')).split()
    assert kind == 'MAMP' and Path(path) == tmp_path / 'site/mamp_plugin/.mim/configs/mamp_ntu60.py'
