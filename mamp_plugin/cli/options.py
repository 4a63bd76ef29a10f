"""Settings of the command line: refused where a config has no such key, unless they are marked as new."""

import difflib
import inspect
from argparse import Namespace
from typing import Any, Dict, Iterator, Set, Tuple

from mmengine.config import Config
from mmengine.runner import Runner

#: Top-level keys that a runner reads, or what reads the config before it. Others are helper variables of config files.
READ_BY_RUNNER = frozenset(inspect.signature(Runner.__init__).parameters) - {'self', 'cfg'} | {
    'custom_imports',
    'data_info',
    'launcher',
    'occlusions',
    'recipe_options',
    'runner_type',
}


def split_options(options: Dict[str, Any]) -> Tuple[Dict[str, Any], Set[str]]:
    """Return settings without the mark of new keys, and the new keys: ``+key=value``."""
    return {key.lstrip('+'): value for key, value in options.items()}, {
        key.lstrip('+') for key in options if key.startswith('+')
    }


def has_key(cfg: Config, key: str) -> bool:
    """Tell if a config has a dotted key; parts of it may be places in a list."""
    node: Any = cfg._cfg_dict
    for part in key.split('.'):
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, (list, tuple)) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return False
    return True


def refuse_unknown(key: str, cfg: Config, config: str) -> None:
    """Raise an error for a key that a config does not have, with the nearest key that it has."""
    known = list(_keys(cfg._cfg_dict))
    close = difflib.get_close_matches(key, known, n=1)
    if not close:  # a part of the path may be misspelled or missing
        name = key.rpartition('.')[2]
        close = sorted((k for k in known if k.rpartition('.')[2] == name), key=len)[:1]
    hint = f'did you mean {close[0]}? ' if close else ''
    raise SystemExit(f'--cfg-options: {config} has no key {key}: {hint}To add a new key write +{key}=…')


def refuse_helper(key: str, cfg: Config, config: str) -> None:
    """Raise an error for a key of a helper variable, whose change would have no effect."""
    variable, _, rest = key.partition('.')
    used = [known for known in _keys(cfg._cfg_dict) if rest and known.endswith(f'.{rest}')]
    used += [known for known in _keys(cfg._cfg_dict) if known.endswith(f'.{key}')]
    hint = f'; did you mean {min(used, key=len)}?' if used else ''
    raise SystemExit(
        f'--cfg-options: {variable} is a helper variable of {config}, which nothing reads once the config is '
        f'resolved, so {key} would have no effect{hint}'
    )


def check_options(options: Dict[str, Any], new: Set[str], cfg: Config, args: Namespace) -> None:
    """Refuse settings without effect: unknown keys that are not marked as new, and helper variables.

    Args:
        options (dict): Values by dotted key.
        new (set[str]): Keys that were marked as new.
        cfg (Config): The config before the settings and, with a recipe, after it.
        args (Namespace): The command line, for the message.
    """
    for key in options:
        if key.partition('.')[0] not in READ_BY_RUNNER and has_key(cfg, key.partition('.')[0]):
            refuse_helper(key, cfg, args.config)
        if key not in new and not has_key(cfg, key):
            refuse_unknown(key, cfg, args.config)


def _keys(node: Any, path: str = '') -> Iterator[str]:
    """Yield every dotted key below the top-level keys that a runner reads."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, (list, tuple)) else ()
    for name, value in items:
        if path or name in READ_BY_RUNNER:
            here = f'{path}.{name}' if path else str(name)
            yield here
            yield from _keys(value, here)
