"""Settings of a run: those of its config over the bases, and those of its command line."""

from pathlib import Path
from typing import Any, Dict

from mmengine.config import Config

from mamp_plugin.config_differences import differences

#: Settings that every run has and that say where it ran.
_PLACE = ('work_dir', 'launcher')


def describe_settings(cfg: dict, source: Path) -> Dict[str, Any]:
    """Return what a config file sets over its bases, and what a run's config differs in from the file.

    Args:
        cfg (dict): Config that the run wrote.
        source (Path): Config file of the run, which is executed.

    Returns:
        dict: ``bases``, ``own`` and ``given``, see :func:`differences`.
    """
    file, bases = Config.fromfile(str(source), import_custom_modules=False), Config._get_base_files(str(source))
    paths = [base if '::' in base else str((source.parent / base).resolve()) for base in bases]
    base = Config.fromstring(f'_base_ = {paths!r}', '.py')._cfg_dict if paths else {}
    # train.py writes a seed of None where the config has none
    ran = {
        key: value for key, value in cfg.items() if key not in _PLACE and (key, value) != ('randomness', {'seed': None})
    }
    stated = {key: value for key, value in file._cfg_dict.items() if key not in _PLACE}
    return dict(bases=bases, own=differences(file._cfg_dict, base), given=differences(ran, stated))
