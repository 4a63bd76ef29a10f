"""Missing or unsuitable packages are named with the command that helps."""

import sys

import pytest

from mamp_plugin import dependencies


@pytest.mark.parametrize('missing', ['mmcv', 'mmaction', 'mmengine'])
def test_a_missing_package_is_named_with_the_command(missing, monkeypatch):
    real = dependencies.find_spec
    monkeypatch.setattr(dependencies, 'find_spec', lambda name: None if name == missing else real(name))
    with pytest.raises(ImportError, match=f'needs {missing}, which is not installed; run .*install'):
        dependencies.check_dependencies()


def test_a_missing_mmcv_names_both_commands(monkeypatch):
    monkeypatch.setattr(dependencies, 'find_spec', lambda name: None if name == 'mmcv' else True)
    with pytest.raises(ImportError, match=r'pip install mmcv-lite==2.1.0.*mim install'):
        dependencies.check_dependencies()


@pytest.mark.parametrize(('package', 'version'), [('mmcv', '2.2.0'), ('mmcv', '1.7.1'), ('mmaction', '1.1.0')])
def test_a_wrong_version_is_named(package, version, monkeypatch):
    monkeypatch.setattr(sys.modules[package], '__version__', version)
    with pytest.raises(ImportError, match=f'{version}; run'):
        dependencies.check_dependencies()
