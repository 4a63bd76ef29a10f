"""Read the config that a checkpoint carries as data: nothing in it is executed or imported."""

import ast
import re
from typing import Any, Iterator, Set, Tuple

from mmaction.registry import MODELS, TRANSFORMS
from mmengine.config import ConfigDict

#: Scopes of the registries whose classes a checkpoint may name.
_SCOPES = ('mmaction', 'mmengine')
#: Ends of the keys that mmaction2's graph networks take for a type, such as ``gcn_norm='BN'``.
_SHORT = ('norm', 'act')
_DOTTED = re.compile(r'[^\W\d]\w*(\.[^\W\d]\w*)+')
_NUMBERS = dict(inf=float('inf'), nan=float('nan'))


def config_in(checkpoint: dict, source: str, remedy: str) -> ConfigDict:
    """Return the config in ``meta['cfg']`` of a checkpoint, without the modules that it wants imported.

    Args:
        checkpoint (dict): The checkpoint.
        source (str): Name of the checkpoint for error messages.
        remedy (str): End of error messages: how to give the config in another way.
    """
    meta = checkpoint.get('meta')
    text = meta.get('cfg') if isinstance(meta, dict) else None
    if not isinstance(text, str):
        raise ValueError(f"{source} has no config: meta['cfg'] is no text; {remedy}")
    cfg = parse_config(text, source, remedy)
    cfg.pop('custom_imports', None)
    if not isinstance(cfg.get('model'), dict):
        raise ValueError(f'the config in {source} has no model; {remedy}')
    return cfg


def parse_config(text: str, source: str, remedy: str) -> ConfigDict:
    """Parse a config as mmengine dumps it: assignments of literals, where ``dict(key=value)`` is a literal, too.

    Args:
        text (str): Python source text.
        source (str): Name of the checkpoint for the error message.
        remedy (str): End of the error message.

    Raises:
        ValueError: The text is anything else.
    """
    node: Any = None
    try:
        values = {}
        for node in ast.parse(text).body:
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name) or node.targets[1:]:
                raise ValueError('no assignment to a name')
            values[node.targets[0].id] = _value(node.value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        line = getattr(error, 'lineno', None) or getattr(node, 'lineno', 1)
        raise ValueError(
            f'the config in {source} is no plain data at line {line}: {_excerpt(text, line)}; nothing of it was '
            f'executed. {remedy[:1].upper()}{remedy[1:]}'
        ) from None
    return ConfigDict(values)


def check_types(part: Any, source: str, remedy: str) -> None:
    """Refuse parts of a config that mmengine would not look up in a registry but import by name.

    Args:
        part (Any): Part of a parsed config: containers and literals.
        source (str): Name of the checkpoint for the error message.
        remedy (str): End of the error message.
    """
    known = _registered()
    for key, value in _strings(part):
        scope, _, name = value.rpartition('.')
        if key == '_scope_':
            fits = value in _SCOPES
        elif key == 'type' or key.endswith(_SHORT) or (_DOTTED.fullmatch(value) and 'layout' not in key):
            # a layout may be a file
            fits = name in known and scope in ('', *_SCOPES)
        else:
            continue
        if not fits:
            raise ValueError(
                f'the config in {source} has {key}={value[:80]!r}, which is not registered; import the module that '
                f'registers it first, or {remedy}'
            )


def _value(node: ast.AST) -> Any:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id != 'dict' or node.args[1:]:
            raise ValueError('a call')
        pairs = [(keyword.arg, _value(keyword.value)) for keyword in node.keywords]
        if any(name is None for name, _ in pairs) or not all(isinstance(arg, ast.Dict) for arg in node.args):
            raise ValueError('an unusual dict')
        return dict(_value(node.args[0]) if node.args else {}, **dict(pairs))
    if isinstance(node, ast.Dict):
        return {ast.literal_eval(key): _value(value) for key, value in zip(node.keys, node.values)}
    if isinstance(node, (ast.List, ast.Tuple)):
        values = map(_value, node.elts)
        return list(values) if isinstance(node, ast.List) else tuple(values)
    if isinstance(node, ast.Name):
        return _NUMBERS[node.id] if node.id in _NUMBERS else ast.literal_eval(node)
    return ast.literal_eval(node)


def _excerpt(text: str, line: int) -> str:
    return repr(text.split('\n')[line - 1].strip()[:60])


def _registered() -> Set[str]:
    names: Set[str] = set()
    for registry in (MODELS, TRANSFORMS):
        registry.import_from_location()
        while registry is not None:
            names.update(registry.module_dict)
            registry = registry.parent
    return names


def _strings(node: Any, key: str = '') -> Iterator[Tuple[str, str]]:
    """Yield every string with its key."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, str(name))
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _strings(value, key)
    elif isinstance(node, str):
        yield key, node
    elif key in ('type', '_scope_'):
        yield key, repr(node)
