"""Settings of a run: those of its config over the bases, and those of its command line."""

from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

from mmengine.config import Config

#: Settings that every run has and that say where it ran.
_PLACE = ('work_dir', 'launcher')
_MOST = 600

Difference = Dict[str, str]


def flatten(node: Any, key: str = '') -> Iterator[Tuple[str, Any]]:
    """Yield dotted keys and values of a config; items of a list have their number as key."""
    if isinstance(node, dict) and (node or not key):
        items: Any = node.items()
    elif isinstance(node, (list, tuple)) and any(isinstance(each, dict) for each in node):
        items = enumerate(node)
    else:
        yield key, node
        return
    for name, value in items:
        yield from flatten(value, f'{key}.{name}' if key else str(name))


def differences(new: dict, old: dict) -> List[Difference]:
    """Return key, value and former value as texts of all settings that differ; an absent one is an empty text."""
    ours, theirs = (dict(flatten(each)) for each in (new, old))
    keys = [key for key in ours if key not in theirs or ours[key] != theirs[key]]
    keys += [key for key in theirs if key not in ours]
    texts = [[repr(each[key])[:_MOST] if key in each else '' for each in (ours, theirs)] for key in keys]
    return [dict(key=key, value=value, base=base) for key, (value, base) in zip(keys, texts)]


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
