"""The parts of an annotation file, and what is said of a file in which they are not as they should be."""

from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout


class Content(NamedTuple):
    """An annotation file: names by split, the annotations, and entries that no data set reads."""

    splits: Dict[str, List[str]]
    annotations: List[Dict]
    more: Dict[str, Any]


def name_of(sample: Dict) -> Optional[str]:
    """The name by which splits know a sample."""
    return sample.get('filename', sample.get('frame_dir'))


def parts_of(content: Any, source: str) -> Content:
    """Tells apart what was unpickled: ``dict(split=..., annotations=...)`` or a list of annotations.

    Args:
        content (Any): What the file holds.
        source (str): The file, for errors.
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
    """Refuses names that are not texts; sequences that no split asks for may lack one."""
    for split, names in content.splits.items():
        if not isinstance(split, str) or not isinstance(names, (list, tuple, set)):
            raise ValueError(
                f'split {split!r} of annotation file {source} must be a text and its names a list, '
                f'found a {type(names).__name__}'
            )
        for name in names:
            if not isinstance(name, str):
                found = type(name).__name__
                raise ValueError(f"split '{split}' of annotation file {source} has a {found} for a name, not a text")
    for row, sample in enumerate(content.annotations):
        name = name_of(sample)
        if not isinstance(name, str) and (content.splits or name is not None):
            raise ValueError(f'annotation {row} of {source} has a {type(name).__name__} for frame_dir, not a text')


def check_split(splits: Dict[str, Any], split: str, source: str) -> None:
    """Refuses a split that is not there."""
    if not splits:
        raise ValueError(
            f"annotation file {source} has no splits, so split='{split}' cannot be found in it; "
            'set split=None, or write the file as dict(split=..., annotations=...)'
        )
    if split not in splits:
        raise ValueError(f"split '{split}' is not in annotation file {source}; it has {', '.join(map(str, splits))}")


def refuse_empty(split: Optional[str], source: str) -> None:
    """Says that there is nothing in a split or file."""
    where = f"split '{split}' of annotation file" if split is not None else 'annotation file'
    raise ValueError(f'{where} {source} is empty; choose another split or make the file again')


def refuse_single_files(data_prefix: Dict[str, str]) -> None:
    """mmaction2 would unpickle a file per sequence, and run what it holds."""
    if 'skeleton' in data_prefix:
        raise ValueError(
            f"data_prefix['skeleton'] = {data_prefix['skeleton']!r} is not supported: sequences in files of their own "
            'would be read unchecked; put them into the keypoint of the annotation file'
        )


def check_keypoint(sample: Dict, source: str) -> None:
    """Refuses a sample without coordinates ``(M, T, V, C)``."""
    keypoint = sample.get('keypoint')
    if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4:
        found = getattr(keypoint, 'shape', type(keypoint).__name__)
        raise ValueError(
            f"sample '{name_of(sample)}' of {source}: keypoint must be an array of shape "
            f'(persons, frames, joints, coordinates), found {found}'
        )


def check_joints(name: Optional[str], num_joints: int, layout: SkeletonLayout, source: str) -> None:
    """Refuses a sample whose skeleton is another one."""
    if num_joints != layout.num_joints:
        raise ValueError(
            f"sample '{name}' of {source} has {num_joints} joints, but layout "
            f"'{layout.name}' has {layout.num_joints}; set the layout that the file was made with"
        )
