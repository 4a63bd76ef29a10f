"""Normalization of place and orientation."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.registry_aliases import register_alias
from mamp_plugin.skeletons import Axis, SkeletonLayout
from mamp_plugin.skeletons.presence import missing_joints, present_frames

from .sample import explicit_layout, get_keypoint, layout_of


@TRANSFORMS.register_module()
class CenterSkeleton(BaseTransform):
    """Translation of a sequence to the origin and, optionally, rotation to an upright, frontal pose.

    Person 0 leads, or the first person who appears if person 0 never does: this person's joints determine the
    translation and the rotation of all persons. Absent persons and joints (all zero) stay zero, and so does a sequence
    without persons. With ``frame='every'``, frames without the leading person are not translated. Coordinates must be
    finite; put ``RepairCoordinates`` before this transform otherwise.

    ``frame='first'`` is the preprocessing of MAMP; ``frame='every', align=True`` after ``PadEmptyFrames`` that of PCM3;
    ``absent='joint', align=True`` after ``DropEmptyFrames`` equals mmaction2's ``PreNormalize3D``.

    Required Keys:

        - keypoint
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint

    Args:
        layout (str, optional): Name of the skeleton layout. Defaults to None, the sample's.
        frame (str): Origin, given by the center joint of the leading person: ``'first'``, in the first frame this
            person appears in; ``'every'``, in each frame; ``'none'``, no translation. Defaults to ``'first'``.
        align (bool): Rotate the leading person's spine in the first frame onto the z axis, then the line from the left
            to the right shoulder onto the x axis. Only for 3D layouts. Defaults to False.
        absent (str, optional): What counts as absent: ``'frame'``, a person whose joints are all zero in a frame;
            ``'joint'``, every joint that is zero. Defaults to None: ``'joint'`` with ``frame='every'``, else
            ``'frame'``.
    """

    def __init__(
        self,
        layout: Optional[str] = None,
        frame: str = 'first',
        align: bool = False,
        absent: Optional[str] = None,
    ) -> None:
        if frame not in ('first', 'every', 'none'):
            raise ValueError(f"frame must be 'first', 'every' or 'none', got {frame!r}")
        if absent not in (None, 'frame', 'joint'):
            raise ValueError(f"absent must be 'frame', 'joint' or None, got {absent!r}")
        self.layout = explicit_layout(layout)
        self.frame = frame
        self.align = align
        self.absent = absent or ('joint' if frame == 'every' else 'frame')
        if self.layout:
            self._check_align(self.layout)

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        layout = layout_of(results, self.layout, check_dims=True)
        self._check_align(layout)
        frames = present_frames(keypoint)
        if not frames.any():
            return results
        leader, first = divmod(int(frames.argmax()), frames.shape[1])
        if self.frame != 'none':
            poses = keypoint[leader, first : first + 1] if self.frame == 'first' else keypoint[leader]
            moved = _subtract(keypoint, poses[:, layout.center])
            moved[~frames] = 0
            if self.absent == 'joint':
                moved[missing_joints(keypoint, frames)] = 0
            keypoint = moved
        if self.align:
            rotation = alignment(keypoint[leader, first], layout)
            keypoint = (keypoint.reshape(-1, 3) @ rotation.T).reshape(keypoint.shape)
        results['keypoint'] = keypoint
        return results

    def _check_align(self, layout: SkeletonLayout) -> None:
        if self.align and layout.dims != 3:
            raise ValueError(
                f'align=True needs 3D skeletons, but layout {layout.name!r} has {layout.dims} coordinates; '
                'use align=False'
            )

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, frame={self.frame!r}, '
            f'align={self.align}, absent={self.absent!r})'
        )


register_alias(TRANSFORMS, 'CentreSkeleton', CenterSkeleton)


def alignment(pose: np.ndarray, layout: SkeletonLayout) -> np.ndarray:
    """Return the rotation ``(3, 3)`` that turns a pose ``(V, 3)`` upright and its shoulders onto the x axis."""
    pose = pose.astype(np.float64)
    upright = rotation_between(_axis(pose, layout.spine), np.array([0.0, 0.0, 1.0]))
    shoulders = upright @ _axis(pose, layout.shoulders)
    return (rotation_between(shoulders, np.array([1.0, 0.0, 0.0])) @ upright).astype(np.float32)


def rotation_between(vector: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the rotation ``(3, 3)`` about ``vector x target`` that turns a vector ``(3, )`` onto a unit vector.

    The axis is undefined where the two are parallel or opposite or the vector has length zero; the result is then the
    identity.
    """
    axis = _cross_matrix(vector) @ target
    if np.abs(axis).sum() < 1e-6:
        return np.eye(3)
    length = np.linalg.norm(vector)
    sine = np.linalg.norm(axis)
    axis = axis / sine
    sine, cosine = sine / length, vector @ target / length
    return cosine * np.eye(3) + sine * _cross_matrix(axis) + (1 - cosine) * np.outer(axis, axis)


def _subtract(keypoint: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Subtract an origin per frame, ``(T, C)``, or one for all frames, ``(1, C)``, from ``(M, T, V, C)``."""
    # NumPy is slow over an innermost axis of 3: repeat the origin for every joint and subtract whole frames.
    origins = origin[:, None].repeat(keypoint.shape[2], axis=1)
    frames = keypoint.reshape(keypoint.shape[:2] + (-1,))
    return (frames - origins.reshape(len(origin), -1)).reshape(keypoint.shape)


def _axis(pose: np.ndarray, axis: Axis) -> np.ndarray:
    """Return the vector of a layout's axis in a pose ``(V, C)``."""
    start, end = axis
    return pose[list(end)].mean(axis=0) - pose[list(start)].mean(axis=0)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """Return the matrix ``(3, 3)`` of the cross product with a vector."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
