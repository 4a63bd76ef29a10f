"""Parts of an annotation file and checks of them."""

from typing import Any, Dict, List, NamedTuple, NoReturn, Optional, Sequence

import numpy as np

from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout, fitting_layouts
from mamp_plugin.skeletons.presence import MAX_COORDINATE, MAX_PERSONS


class Content(NamedTuple):
    """Content of an annotation file.

    Args:
        splits (dict[str, list[str]]): Sample names by split.
        annotations (list[dict]): Annotations.
        more (dict): Further entries, such as ``classes``, the names of the classes.
    """

    splits: Dict[str, List[str]]
    annotations: List[Dict]
    more: Dict[str, Any]


def name_of(sample: Dict) -> Any:
    """Return the name of a sample in the splits, a string or None in a checked file."""
    return sample.get('filename', sample.get('frame_dir'))


def parts_of(content: Any, source: str) -> Content:
    """Return the parts of ``dict(split=..., annotations=...)`` or of a list of annotations.

    Args:
        content (Any): Unpickled content of the file.
        source (str): Name of the file for errors.
    """
    more = dict(content) if isinstance(content, dict) else dict(annotations=content)
    splits, annotations = more.pop('split', {}), more.pop('annotations', None)
    if not isinstance(annotations, list) or not all(isinstance(annotation, dict) for annotation in annotations):
        raise ValueError(
            f'annotation file {source} must hold dict(split=..., annotations=[...]) or a list of annotations, each a '
            'dict with keypoint; make it again with the tools in tools/data'
        )
    if not isinstance(splits, dict):
        raise ValueError(f'split of annotation file {source} must be a dict of names, found a {type(splits).__name__}')
    return Content(splits, annotations, more)


def check_names(content: Content, source: str) -> None:
    """Check that names are strings; without splits, a sequence needs none."""
    for split, names in content.splits.items():
        if not isinstance(split, str) or not isinstance(names, (list, tuple, set)):
            raise ValueError(
                f'split {split!r} of annotation file {source} must be a string and its names a list, '
                f'found a {type(names).__name__}'
            )
        for name in names:
            if not isinstance(name, str):
                found = type(name).__name__
                raise ValueError(
                    f"split '{split}' of annotation file {source} has a {found} for a name, expected a string"
                )
    for row, sample in enumerate(content.annotations):
        name = name_of(sample)
        if not isinstance(name, str) and (content.splits or name is not None):
            raise ValueError(
                f'annotation {row} of {source} has a {type(name).__name__} for frame_dir, expected a string'
            )


def check_classes(names: Any, source: str) -> List[str]:
    """Check that class names are a list of strings, none twice, and return them.

    Args:
        names (Any): The names.
        source (str): File for the error.
    """
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f'{source}: expected a list of class names, found {str(names)[:80]}')
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ValueError(f'{source}: class {double!r} is named twice; names must be unique')
    return list(names)


def class_names_in(more: Dict[str, Any], source: str) -> Optional[List[str]]:
    """Return the checked class names among the further entries of an annotation file, or None."""
    return check_classes(more['classes'], f'classes of {source}') if 'classes' in more else None


def check_split(splits: Dict[str, Any], split: str, source: str) -> None:
    """Check that a split exists."""
    if not splits:
        raise ValueError(
            f"annotation file {source} has no splits, so split='{split}' cannot be found in it; "
            'set split=None, or write the file as dict(split=..., annotations=...)'
        )
    if split not in splits:
        raise ValueError(f"split '{split}' is not in annotation file {source}; it has {', '.join(map(str, splits))}")


def refuse_empty(split: Optional[str], source: str) -> NoReturn:
    """Raise the error for an empty split or file."""
    where = f"split '{split}' of annotation file" if split is not None else 'annotation file'
    raise ValueError(f'{where} {source} is empty; choose another split or make the file again')


def refuse_single_files(data_prefix: Dict[str, str]) -> None:
    """Raise an error for sequences in files of their own, which mmaction2 would unpickle unchecked."""
    if 'skeleton' in data_prefix:
        raise ValueError(
            f"data_prefix['skeleton'] = {data_prefix['skeleton']!r} is not supported: sequences in files of their own "
            'would be read unchecked; put them into the keypoint of the annotation file'
        )


def check_keypoint(sample: Dict, source: str) -> None:
    """Check that a sample has coordinates ``(M, T, V, C)``."""
    keypoint = sample.get('keypoint')
    if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4:
        found = getattr(keypoint, 'shape', type(keypoint).__name__)
        raise ValueError(
            f"sample '{name_of(sample)}' of {source}: keypoint must be an array of shape "
            f'(persons, frames, joints, coordinates), found {found}'
        )


def check_coordinates(sample: Dict, source: str) -> None:
    """Check that the coordinates of a sample are numbers that some unit explains."""
    keypoint = sample['keypoint']
    if keypoint.size and not np.abs(keypoint).max() <= MAX_COORDINATE:  # NaN is not below any bound
        raise ValueError(
            f"sample '{name_of(sample)}' of {source} has coordinates that are NaN, infinite or beyond "
            f'{MAX_COORDINATE:,.0f}'
        )


def check_persons(name: Any, num_persons: int, source: str) -> None:
    """Check that a sample has no more persons than a pipeline can hold."""
    if num_persons > MAX_PERSONS:
        raise ValueError(
            f"sample '{name}' of {source} has {num_persons} persons, more than {MAX_PERSONS}, which would fill the "
            'memory; keep those seen in most frames, as tools/data/prepare.py --persons does'
        )


def check_joints(sample: str, shape: Sequence[int], layout: SkeletonLayout) -> None:
    """Check the joints of a sample, and their coordinates if given, against a layout.

    Args:
        sample (str): Name of the sample for the error.
        shape (Sequence[int]): ``(V, )`` or ``(V, C)``.
        layout (SkeletonLayout): Expected layout.
    """
    if tuple(shape) != (layout.num_joints, layout.dims)[: len(shape)]:
        with_coordinates = len(shape) == 2
        fitting = [name for name in fitting_layouts(shape[0]) if LAYOUTS[name].dims in (shape[1:] or (2, 3))]
        known = ', '.join(fitting) or 'none of the known ones; register it or give a JSON file'
        raise ValueError(
            f'{sample} has {shape[0]} joints{f" with {shape[1]} coordinates" if with_coordinates else ""}, but layout '
            f'{layout.name!r} has {layout.num_joints}{f" with {layout.dims}" if with_coordinates else ""}; '
            f'choose the layout of the data: {known}'
        )
