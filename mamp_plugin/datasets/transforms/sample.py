"""Access of transforms to a sample, with errors that name it."""

from typing import Any, Dict, Optional

import numpy as np

from mamp_plugin.skeletons import LayoutLike, SkeletonLayout, get_layout
from mamp_plugin.skeletons.presence import missing_joints

from ..annotations.content import check_joints

_SHAPES = {4: '(persons, frames, joints, coordinates)', 5: '(clips, persons, frames, joints, coordinates)'}


def sample_name(results: Dict) -> str:
    """Return the name by which users find a sample in the annotation file."""
    for key in ('frame_dir', 'filename', 'sample_idx'):
        if key in results:
            return f'sample {results[key]!r}'
    return 'the sample without frame_dir'


def get_keypoint(results: Dict, transform: Any, ndim: int = 4) -> np.ndarray:
    """Return the coordinates of a sample in fp32; they may belong to the data set and must not be modified.

    Args:
        results (dict): The sample.
        transform (BaseTransform): The transform, for the error.
        ndim (int): 4 before ``FormatGCNInput``, 5 after it. Defaults to 4.

    Returns:
        np.ndarray: ``(M, T, V, C)``, or ``(clips, M, T, V, C)`` with 5 dimensions.
    """
    name = type(transform).__name__
    if 'keypoint' not in results:
        raise KeyError(
            f"{name} needs 'keypoint', but {sample_name(results)} has only {sorted(results)}; "
            'put it between loading and PackActionInputs'
        )
    keypoint = np.asarray(results['keypoint'], dtype=np.float32)
    if keypoint.ndim != ndim:
        place = 'before' if ndim == 4 else 'after'
        raise ValueError(
            f'{name} needs a keypoint of shape {_SHAPES[ndim]}, but that of {sample_name(results)} is '
            f'{keypoint.shape}; put {name} {place} FormatGCNInput'
        )
    return keypoint


def get_score(results: Dict, keypoint: np.ndarray) -> Optional[np.ndarray]:
    """Return the confidence of every joint in fp32, ``(M, T, V)``, or None if the sample has none."""
    if 'keypoint_score' not in results:
        return None
    score = np.asarray(results['keypoint_score'], dtype=np.float32)
    if score.shape != keypoint.shape[:3]:
        raise ValueError(
            f'{sample_name(results)}: keypoint_score has shape {score.shape}, expected {keypoint.shape[:3]} '
            f'to go with the keypoint of shape {keypoint.shape}'
        )
    return score


def unknown_joints(results: Dict, keypoint: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the missing joints of persons who are present: all zero or, in 2D, with score 0.

    Args:
        results (dict): The sample.
        keypoint (np.ndarray): Its coordinates, ``(M, T, V, C)``.
        present (np.ndarray): Frames in which each person is present, boolean, ``(M, T)``.

    Returns:
        np.ndarray: Boolean, ``(M, T, V)``.
    """
    missing = missing_joints(keypoint, present)
    score = get_score(results, keypoint) if keypoint.shape[-1] == 2 else None
    return missing if score is None else missing | (present[..., None] & ~(score > 0))


def explicit_layout(layout: Optional[LayoutLike]) -> Optional[SkeletonLayout]:
    """Return the layout that the config of a transform names, or None if it names none."""
    return None if layout is None else get_layout(layout)


def layout_of(results: Dict, explicit: Optional[SkeletonLayout], check_dims: bool = False) -> SkeletonLayout:
    """Return the layout of a sample, checked against its keypoint.

    Args:
        results (dict): The sample; data sets put the name of their layout into ``layout``.
        explicit (SkeletonLayout, optional): Layout that overrides the sample's.
        check_dims (bool): Check the number of coordinates, too. Defaults to False: a joint may carry any features.
    """
    layout = explicit
    if layout is None:
        if results.get('layout') is None:
            raise KeyError(
                f"{sample_name(results)} has no 'layout', which says what its joints are; "
                'set layout of the data set, or of the transform'
            )
        layout = get_layout(results['layout'])
    shape = np.shape(results['keypoint'])
    check_joints(sample_name(results), shape[-2:] if check_dims else shape[-2:-1], layout)
    return layout
