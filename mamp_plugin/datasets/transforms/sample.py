"""How transforms read a sample: its arrays, who is there in which frame, and errors that name it."""

from typing import Dict, Optional

import numpy as np
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout

_SHAPES = {4: '(persons, frames, joints, coordinates)', 5: '(clips, persons, frames, joints, coordinates)'}


def sample_name(results: Dict) -> str:
    """The name by which a user finds a sample in the annotation file."""
    for key in ('frame_dir', 'filename', 'sample_idx'):
        if key in results:
            return f'sample {results[key]!r}'
    return 'the sample without frame_dir'


def get_keypoint(results: Dict, transform: BaseTransform, ndim: int = 4) -> np.ndarray:
    """The coordinates of a sample in float32; they may be shared with the data set, so nobody writes into them.

    Args:
        results (dict): The sample.
        transform (BaseTransform): Who asks, for the error.
        ndim (int): 4 before ``FormatGCNInput``, 5 after it. Defaults to 4.

    Returns:
        np.ndarray: ``(M, T, V, C)``, or ``(clips, M, T, V, C)`` with 5 dimensions.
    """
    asks = type(transform).__name__
    if 'keypoint' not in results:
        raise KeyError(
            f"{asks} needs 'keypoint', but {sample_name(results)} has only {sorted(results)}; "
            'put it between loading and PackActionInputs'
        )
    keypoint = np.asarray(results['keypoint'], dtype=np.float32)
    if keypoint.ndim != ndim:
        place = 'before' if ndim == 4 else 'after'
        raise ValueError(
            f'{asks} needs a keypoint of shape {_SHAPES[ndim]}, but that of {sample_name(results)} is '
            f'{keypoint.shape}; put {asks} {place} FormatGCNInput'
        )
    return keypoint


def get_score(results: Dict, keypoint: np.ndarray) -> Optional[np.ndarray]:
    """The confidence of every joint in float32, ``(M, T, V)``, or None if the sample has none."""
    if 'keypoint_score' not in results:
        return None
    score = np.asarray(results['keypoint_score'], dtype=np.float32)
    if score.shape != keypoint.shape[:3]:
        raise ValueError(
            f'{sample_name(results)}: keypoint_score has shape {score.shape}, expected {keypoint.shape[:3]} '
            f'to go with the keypoint of shape {keypoint.shape}'
        )
    return score


def check_layout(results: Dict, keypoint: np.ndarray, layout: SkeletonLayout) -> None:
    """Refuses coordinates ``(M, T, V, C)`` that are not of the layout."""
    expected = (layout.num_joints, layout.dims)
    if keypoint.shape[2:] != expected:
        raise ValueError(
            f'{sample_name(results)}: layout {layout.name!r} has {expected[0]} joints with {expected[1]} coordinates, '
            f'found {keypoint.shape[2]} joints with {keypoint.shape[3]}; '
            f'choose the layout of the data: {", ".join(LAYOUTS)}'
        )


def check_joints(results: Dict, num_joints: int, layout: SkeletonLayout) -> None:
    """Refuses another number of joints than the layout's, whatever is known about each joint."""
    if num_joints != layout.num_joints:
        raise ValueError(
            f'{sample_name(results)} has {num_joints} joints, but layout {layout.name!r} has {layout.num_joints}; '
            f'choose the layout of the data: {", ".join(LAYOUTS)}'
        )
