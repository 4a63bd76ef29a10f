"""Layouts of the user as dicts and JSON files, in which joints stand by their names."""

import json
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .layout import Axis, SkeletonLayout
from .vocabulary import PARTS

_REQUIRED = ('name', 'joints', 'center', 'spine', 'shoulders')
_OPTIONAL = ('parents', 'bones', 'parts', 'dims')
_AXES = ('spine', 'shoulders')


def read_layout(path: str) -> SkeletonLayout:
    """Read a layout from a JSON file, see :func:`parse_layout`."""
    try:
        content = json.loads(Path(path).read_text(encoding='utf-8'))
    except OSError as error:
        raise ValueError(f'layout file {path} cannot be read: {error.strerror}; check the path') from error
    except ValueError as error:
        raise ValueError(f'layout file {path} is no JSON: {error}') from error
    return parse_layout(content, f'layout file {path}')


def parse_layout(description: Any, source: str = '') -> SkeletonLayout:
    """Return the layout that a dict describes.

    Args:
        description (dict): ``name``; ``joints``, a list of names; ``parents``, the parent of every joint, where the
            root is its own, or ``bones``, pairs of child and parent; ``center``, a joint; ``spine`` and ``shoulders``,
            each two ends that are a joint or a list of joints; optionally ``parts``, lists of joints by body part for
            joints whose names do not decide it, and ``dims``.
        source (str): Where the dict comes from, for errors. Defaults to the name of the layout.

    Returns:
        SkeletonLayout: The layout.

    Raises:
        ValueError: The dict is not of this form, or the layout is inconsistent.
    """
    if not isinstance(description, Mapping):
        raise ValueError(f'{source}: expected an object with {", ".join(_REQUIRED)}, found {_kind(description)}')
    try:
        facts = _read_keys(description)
    except ValueError as error:
        raise ValueError(f'{source or "layout " + repr(description.get("name"))}: {error}') from None
    try:
        return SkeletonLayout(**facts)
    except ValueError as error:
        raise ValueError(f'{source}: {error}' if source else str(error)) from None


def describe_layout(layout: SkeletonLayout) -> Dict[str, Any]:
    """Return the dict of plain lists that :func:`parse_layout` makes a layout from."""
    axes = {key: [[layout.joints[joint] for joint in end] for end in getattr(layout, key)] for key in _AXES}
    parts: Dict[str, List[str]] = {}
    for joint, part in layout.joint_parts:
        parts.setdefault(part, []).append(joint)
    return dict(
        name=layout.name,
        joints=list(layout.joints),
        parents=[layout.joints[parent] for parent in layout.parents],
        center=layout.joints[layout.center],
        **axes,
        **(dict(parts=parts) if parts else {}),
        dims=layout.dims,
    )


def _read_keys(description: Mapping) -> Dict[str, Any]:
    """Return the arguments of :class:`SkeletonLayout`."""
    missing = [key for key in _REQUIRED if key not in description]
    unknown = [key for key in description if key not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        found = f'lacks the key {missing[0]!r}' if missing else f'has the unknown key {unknown[0]!r}'
        raise ValueError(f'{found}; the keys are {", ".join((*_REQUIRED, *_OPTIONAL))}')
    name = description['name']
    if not isinstance(name, str) or not name or name.endswith('.json'):
        raise ValueError(f"key 'name': expected a name that does not end in .json, found {name!r}")
    joints = _names(description, 'joints')
    return dict(
        name=name,
        joints=joints,
        parents=_parents(description, joints),
        center=_index(joints, 'center', description['center']),
        spine=_axis(description, joints, 'spine'),
        shoulders=_axis(description, joints, 'shoulders'),
        dims=description.get('dims', 3),
        joint_parts=_joint_parts(description.get('parts', {})),
    )


def _names(description: Mapping, key: str) -> Tuple[str, ...]:
    names = description[key]
    if not _is_list(names) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'key {key!r}: expected a list of joint names, found {names!r}')
    return tuple(names)


def _parents(description: Mapping, joints: Sequence[str]) -> Tuple[int, ...]:
    """Return the index of every joint's parent, from ``parents`` or from ``bones``."""
    if ('parents' in description) == ('bones' in description):
        raise ValueError("expected one of the keys 'parents' and 'bones'")
    if 'parents' in description:
        return tuple(_index(joints, 'parents', parent) for parent in _names(description, 'parents'))
    bones, parents = description['bones'], list(range(len(joints)))
    if not _is_list(bones) or not all(_is_list(bone) and len(bone) == 2 for bone in bones):
        raise ValueError(f"key 'bones': expected pairs of child and parent, found {bones!r}")
    for child, parent in bones:
        index = _index(joints, 'bones', child)
        if parents[index] != index:
            raise ValueError(f"key 'bones': {child!r} has two parents, {joints[parents[index]]!r} and {parent!r}")
        parents[index] = _index(joints, 'bones', parent)
    return tuple(parents)


def _joint_parts(parts: Any) -> Tuple[Tuple[str, str], ...]:
    if not isinstance(parts, Mapping):
        raise ValueError(f"key 'parts': expected lists of joints by body part ({', '.join(PARTS)}), found {parts!r}")
    pairs = [(joint, part) for part in parts for joint in _names(parts, part)]
    for joint, part in pairs:
        if part != dict(pairs)[joint]:
            raise ValueError(f"key 'parts': {joint!r} is in {part} and in {dict(pairs)[joint]}; keep one")
    return tuple(pairs)


def _axis(description: Mapping, joints: Sequence[str], key: str) -> Axis:
    ends = description[key]
    if not _is_list(ends) or len(ends) != 2 or not all(ends):
        raise ValueError(f'key {key!r}: expected two ends, each a joint or a list of joints, found {ends!r}')
    first, last = (tuple(_index(joints, key, joint) for joint in (end if _is_list(end) else [end])) for end in ends)
    return first, last


def _index(joints: Sequence[str], key: str, joint: Any) -> int:
    if joint not in joints:
        raise ValueError(f'key {key!r}: {joint!r} is no joint; the joints are {", ".join(joints)}')
    return joints.index(joint)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _kind(value: Any) -> str:
    return f'a {type(value).__name__}'
