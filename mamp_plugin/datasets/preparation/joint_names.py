"""Joints of files by their names, as different programs write them."""

import re
from typing import Dict, List, Optional, Sequence

from mamp_plugin.skeletons import SkeletonLayout
from mamp_plugin.skeletons.words import SYNONYMS

from .raw_files import RawDataError

_SIDES = dict(l='left', r='right', left='left', right='right')
_WORD = re.compile(r'[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+')


def normalize_name(name: str) -> str:
    """Return the name of a joint as layouts write it: ``'mixamorig:LeftForeArm'`` becomes ``'left_fore_arm'``.

    A prefix up to a colon is dropped. The side may be written ``left``, ``Left``, ``l`` or ``L``, before or after the
    other words.
    """
    words = [word.lower() for word in _WORD.findall(name.rpartition(':')[2])]
    sides = [word for word in words if word in _SIDES]
    if len(sides) == 1 and len(words) > 1:
        words.remove(sides[0])
        words.insert(0, _SIDES[sides[0]])
    return '_'.join(words)


def joint_places(names: Sequence[str], layout: SkeletonLayout, where: str) -> List[Optional[int]]:
    """Return the position of every joint of a layout among the names of a file, None for a missing joint.

    Underscores do not count, and other names of the same joint in the middle of the body are known:
    ``'SpineShoulder'`` is ``'shoulder_center'``.

    Args:
        names (Sequence[str]): Names in the file.
        layout (SkeletonLayout): Layout that the user named.
        where (str): File for error messages.
    """
    places: Dict[str, List[int]] = {}
    synonyms: Dict[str, List[int]] = {}
    for index, name in enumerate(map(normalize_name, names)):
        places.setdefault(_key(name), []).append(index)
        synonyms.setdefault(_key(SYNONYMS.get(name, '')), []).append(index)
    found: List[Optional[int]] = []
    for joint in layout.joints:
        key = _key(normalize_name(joint))
        fitting = places.get(key) or synonyms.get(key) or [None]
        if len(fitting) > 1:
            both = ' and '.join(repr(names[index]) for index in fitting[:2])
            raise RawDataError(f'{where}: {both} are both {joint}; rename one')
        found += fitting
    return found


def pick_joints(names: Sequence[str], layout: Optional[SkeletonLayout], where: str) -> List[int]:
    """Return the position of every joint of a layout among the names of a file, which must have all.

    Names are compared as in :func:`joint_places`.

    Args:
        names (Sequence[str]): Names in the file.
        layout (SkeletonLayout, optional): Layout that the user named, or None, which is an error.
        where (str): File for error messages.
    """
    places = joint_places(names, require_layout(layout, names, where), where)
    missing = [joint for joint, place in zip(layout.joints, places) if place is None]
    if missing:
        raise RawDataError(
            f'{where}: no {", ".join(missing)}, which layout {layout.name} has; the file has {", ".join(names)}'
        )
    return places


def require_layout(layout: Optional[SkeletonLayout], names: Sequence[str], where: str) -> SkeletonLayout:
    """Return the layout that the user named, or raise an error that lists the names in the file."""
    if layout is None:
        raise RawDataError(
            f'{where}: name the layout, --layout NAME or FILE.json, which picks joints by their names; '
            f'the file has {", ".join(names)}'
        )
    return layout


def _key(name: str) -> str:
    return name.replace('_', '')
