"""Registry of skeleton layouts: those of the package and those of the user."""

import copyreg
from dataclasses import fields
from typing import Any, Dict, List, Mapping, Union

from .description import describe_layout, parse_layout, read_layout
from .layout import SkeletonLayout
from .tables import TABLES

#: A layout in a config: its name, a dict or the path of a JSON file that describes it, or the layout itself.
LayoutLike = Union[str, Mapping, SkeletonLayout]

LAYOUTS: Dict[str, SkeletonLayout] = {layout.name: layout for layout in TABLES}


def get_layout(layout: LayoutLike) -> SkeletonLayout:
    """Return a layout; one that is no name is registered, so that its name is known from here on.

    Args:
        layout (str, dict or SkeletonLayout): Name, dict (see :func:`parse_layout`), path of a JSON file, which ends in
            ``.json``, or the layout itself.

    Raises:
        KeyError: The name is unknown; the error lists the known names.
        ValueError: Dict or file describe no layout, or the name is taken by another layout.
    """
    if isinstance(layout, (Mapping, SkeletonLayout)) or (isinstance(layout, str) and layout.endswith('.json')):
        return register_layout(layout)
    try:
        return LAYOUTS[layout]
    except (KeyError, TypeError):
        raise KeyError(f'unknown skeleton layout {layout!r}; known layouts: {", ".join(LAYOUTS)}') from None


def register_layout(layout: LayoutLike) -> SkeletonLayout:
    """Add a layout to the registry, so that data sets, transforms and models find it by name.

    The same layout may be registered twice.

    Args:
        layout (SkeletonLayout, dict or str): The layout, a dict that describes it or the path of a JSON file.

    Returns:
        SkeletonLayout: The registered layout.
    """
    if isinstance(layout, str):
        layout = read_layout(layout)
    elif isinstance(layout, Mapping):
        layout = parse_layout(layout)
    known = LAYOUTS.setdefault(layout.name, layout)
    if known != layout:
        raise ValueError(f'skeleton layout {layout.name!r} is taken by another skeleton; choose a new name')
    return known


def portable_layout(layout: LayoutLike) -> Union[str, Dict[str, Any]]:
    """Return a layout as a config can hold it on any machine: the name, or the dict of a layout of the user."""
    found = get_layout(layout)
    return found.name if found in TABLES else describe_layout(found)


def fitting_layouts(num_joints: int, num_coordinates: int = 3) -> List[str]:
    """Return the names of the layouts that data may have.

    Args:
        num_joints (int): Joints of the data.
        num_coordinates (int): Values per joint; three, the default, may be x, y, z or x, y and a score.
    """
    return [
        layout.name for layout in LAYOUTS.values() if layout.num_joints == num_joints and layout.dims <= num_coordinates
    ]


def _restore(*values: Any) -> SkeletonLayout:
    return register_layout(SkeletonLayout(*values))


# A spawned worker of a data loader knows no layout of the user before it receives a data set with one.
copyreg.pickle(SkeletonLayout, lambda layout: (_restore, tuple(getattr(layout, each.name) for each in fields(layout))))
