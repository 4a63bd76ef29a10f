"""Settings of the command line: refused where a config has no such key, unless they are marked as new."""

import difflib
import inspect
from argparse import ArgumentParser, Namespace
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from mmengine.config import Config, DictAction
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


class Settings(DictAction):
    """Settings ``KEY=VALUE`` of a command line."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Optional[str] = None
    ) -> None:
        wrong = next((value for value in values if '=' not in value), None)
        if wrong is not None:
            parser.error(f"{option_string}: '{wrong}' is not a setting; write KEY=VALUE")
        super().__call__(parser, namespace, values, option_string)


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


def check_options(options: Dict[str, Any], new: Set[str], configs: List[Config], name: str) -> None:
    """Refuse settings without effect: unknown keys that are not marked as new, and helper variables.

    Args:
        options (dict): Values by dotted key.
        new (set[str]): Keys that were marked as new.
        configs (list[Config]): The config, and with a recipe the one that it has made.
        name (str): File of the config, for the message.
    """
    for key in options:
        variable = key.partition('.')[0]
        if variable not in READ_BY_RUNNER and any(has_key(cfg, variable) for cfg in configs):
            raise SystemExit(
                f'--cfg-options: {variable} is a helper variable of {name}, which nothing reads any more, so {key} '
                f'would have no effect{_nearest(key, configs)}'
            )
        unset = variable in READ_BY_RUNNER and not any(has_key(cfg, variable) for cfg in configs)
        deletes = key.endswith('._delete_')
        if not (unset or deletes or key in new or any(has_key(cfg, key) for cfg in configs)):
            raise SystemExit(
                f'--cfg-options: {name} has no key {key}{_nearest(key, configs)}; to add a new key write +{key}=…'
            )


def _nearest(key: str, configs: List[Config]) -> str:
    """Return a hint at the known key that resembles a key most, or at the one that ends like it."""
    known = [known for cfg in configs for known in _keys(cfg._cfg_dict)]
    ending = key.partition('.')[2] or key
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
    close = close or sorted((candidate for candidate in known if candidate.endswith(f'.{ending}')), key=len)
    return f'; did you mean {close[0]}?' if close else ''


def _keys(node: Any, path: str = '') -> Iterator[str]:
    """Yield every dotted key below the top-level keys that a runner reads."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, (list, tuple)) else ()
    for name, value in items:
        if path or name in READ_BY_RUNNER:
            here = f'{path}.{name}' if path else str(name)
            yield here
            yield from _keys(value, here)
