"""Sequences as callers have them, as samples of a pipeline."""

from typing import Any, Dict, Union

import numpy as np
from torch import Tensor

from mamp_plugin.datasets.annotations.content import check_joints, check_persons, name_of
from mamp_plugin.skeletons import get_layout

#: Coordinates ``(T, V, C)`` or ``(M, T, V, C)``, of 2D layouts with or without a score as the third value, or an
#: annotation with such a ``keypoint``.
Sequence = Union[np.ndarray, Tensor, Dict[str, Any]]
#: Further entries of an annotation that pipelines read.
_KEPT = ('keypoint_score', 'img_shape', 'original_shape')


def is_single(sequences: Any) -> bool:
    """Return True for one sequence, False for several."""
    return isinstance(sequences, dict) or getattr(sequences, 'ndim', 0) in (3, 4)


def as_sample(sequence: Sequence, layout: str, name: str) -> Dict[str, Any]:
    """Return a sequence as a sample for a pipeline, checked.

    Args:
        sequence (array | Tensor | dict): See :data:`Sequence`.
        layout (str): Name of the skeleton layout, unless the annotation has one.
        name (str): Name for error messages, unless the annotation has one.
    """
    annotation: Dict[str, Any] = sequence if isinstance(sequence, dict) else dict(keypoint=sequence)
    name = str(name_of(annotation) or name)
    if 'keypoint' not in annotation:
        raise ValueError(f'{name} has no keypoint, found {", ".join(map(str, annotation)) or "an empty dict"}')
    keypoint = _array(annotation['keypoint'], name)
    if keypoint.ndim not in (3, 4) or not keypoint.size:
        raise ValueError(
            f'{name} has shape {keypoint.shape}, expected (frames, joints, coordinates) or '
            '(persons, frames, joints, coordinates) with at least one frame'
        )
    skeleton = get_layout(annotation.get('layout') or layout)
    sample = {key: annotation[key] for key in _KEPT if key in annotation}
    if (skeleton.dims, keypoint.shape[-1]) == (2, 3) and 'keypoint_score' not in sample:
        keypoint, sample['keypoint_score'] = keypoint[..., :2], keypoint[..., 2]
    check_joints(name, keypoint.shape[-2:], skeleton)
    keypoint = keypoint.reshape(-1, *keypoint.shape[-3:])
    check_persons(name, len(keypoint), 'the input')
    if 'keypoint_score' in sample:
        sample['keypoint_score'] = _array(sample['keypoint_score'], name).reshape(keypoint.shape[:3])
    frames = dict(total_frames=keypoint.shape[1], start_index=0, modality='Pose', test_mode=True)
    return dict(sample, keypoint=keypoint, layout=skeleton.name, frame_dir=name, **frames)


def cut_sample(sample: Dict[str, Any], start: int, end: int, length: int = 0) -> Dict[str, Any]:
    """Return a sample of some frames, padded with empty frames to a length."""
    missing = max(length - (end - start), 0)
    cut = {key: sample[key][:, start:end] for key in ('keypoint', 'keypoint_score') if key in sample}
    if missing:
        cut = {key: np.pad(value, [(0, 0), (0, missing)] + [(0, 0)] * (value.ndim - 2)) for key, value in cut.items()}
    return dict(sample, **cut, total_frames=end - start + missing)


def _array(values: Any, name: str) -> np.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    try:
        return np.array(values, dtype=np.float32)  # a copy, which transforms may change
    except (TypeError, ValueError):
        raise ValueError(f'{name} is a {type(values).__name__}, expected an array of coordinates') from None
