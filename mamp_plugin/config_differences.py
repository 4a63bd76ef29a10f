"""Differences between two configs, key by key."""

from typing import Any, Dict, Iterator, List, Tuple

#: Characters of a value to show.
_MOST = 600


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


def differences(new: dict, old: dict) -> List[Dict[str, str]]:
    """Return key, value and former value as texts of all settings that differ; an absent one is an empty text."""
    ours, theirs = (dict(flatten(each)) for each in (new, old))
    keys = [key for key in ours if key not in theirs or ours[key] != theirs[key]]
    keys += [key for key in theirs if key not in ours]
    texts = [[repr(each[key])[:_MOST] if key in each else '' for each in (ours, theirs)] for key in keys]
    return [dict(key=key, value=value, base=base) for key, (value, base) in zip(keys, texts)]
