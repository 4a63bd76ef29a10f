"""Bringing skeletons to a common place and orientation."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import Axis, get_layout
from mamp_plugin.skeletons.presence import missing_joints, present_frames

from .sample import check_layout, get_keypoint


@TRANSFORMS.register_module()
class CentreSkeleton(BaseTransform):
    """Moves a sequence to the origin and, on request, turns it upright and to the front.

    The leading person, person 0 or the first who is ever there, decides for all persons. What is absent (all zero)
    stays zero; a sequence in which nobody ever is stays as it is. With ``frame='every'``, frames without the leading
    person are not moved. Coordinates must be finite: put ``RepairCoordinates`` in front if they may not be.

    ``frame='first'`` is the preparation of MAMP; ``frame='every', align=True`` after ``PadEmptyFrames`` that of PCM3;
    ``absent='joint', align=True`` after ``DropEmptyFrames`` equals mmaction2's ``PreNormalize3D``.

    Required Keys:

        - keypoint

    Modified Keys:

        - keypoint

    Args:
        layout (str): Name of the skeleton layout. Defaults to ``'nturgb+d'``.
        frame (str): Whose centre joint becomes the origin: ``'first'``, the leading person's in their first frame, for
            all frames; ``'every'``, the leading person's in each frame; ``'none'``, nothing is moved.
            Defaults to ``'first'``.
        align (bool): Whether to turn the leading person's spine in their first frame onto the z axis, then the line
            from left to right shoulder onto the x axis. Only for 3D layouts. Defaults to False.
        absent (str, optional): Who stays zero: ``'frame'``, frames in which a person is all zero; ``'joint'``, every
            joint that is zero. Defaults to None: ``'joint'`` if every frame is centred, else ``'frame'``.
    """

    def __init__(
        self, layout: str = 'nturgb+d', frame: str = 'first', align: bool = False, absent: Optional[str] = None
    ) -> None:
        if frame not in ('first', 'every', 'none'):
            raise ValueError(f"frame must be 'first', 'every' or 'none', got {frame!r}")
        if absent not in (None, 'frame', 'joint'):
            raise ValueError(f"absent must be 'frame', 'joint' or None, got {absent!r}")
        self.layout = get_layout(layout)
        if align and self.layout.dims != 3:
            raise ValueError(
                f'align=True turns skeletons in space, but layout {layout!r} has {self.layout.dims} coordinates; '
                'use align=False'
            )
        self.frame = frame
        self.align = align
        self.absent = absent or ('joint' if frame == 'every' else 'frame')

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        check_layout(results, keypoint, self.layout)
        frames = present_frames(keypoint)
        if not frames.any():
            return results
        leader, first = divmod(int(frames.argmax()), frames.shape[1])
        if self.frame != 'none':
            poses = keypoint[leader, first : first + 1] if self.frame == 'first' else keypoint[leader]
            moved = _subtract(keypoint, poses[:, self.layout.center])
            moved[~frames] = 0
            if self.absent == 'joint':
                moved[missing_joints(keypoint, frames)] = 0
            keypoint = moved
        if self.align:
            rotation = self.alignment(keypoint[leader, first])
            keypoint = (keypoint.reshape(-1, 3) @ rotation.T).reshape(keypoint.shape)
        results['keypoint'] = keypoint
        return results

    def alignment(self, pose: np.ndarray) -> np.ndarray:
        """The rotation ``(3, 3)`` that turns a pose ``(V, 3)`` upright and its shoulders onto the x axis."""
        pose = pose.astype(np.float64)
        upright = rotation_between(_axis(pose, self.layout.spine), np.array([0.0, 0.0, 1.0]))
        shoulders = upright @ _axis(pose, self.layout.shoulders)
        return (rotation_between(shoulders, np.array([1.0, 0.0, 0.0])) @ upright).astype(np.float32)

    def __repr__(self) -> str:
        return (
            f'{self.__class__.__name__}(layout={self.layout.name!r}, frame={self.frame!r}, '
            f'align={self.align}, absent={self.absent!r})'
        )


def _subtract(keypoint: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Subtracts an origin per frame, ``(T, C)``, or one for all, ``(1, C)``, from ``(M, T, V, C)``."""
    # NumPy is slow over an innermost axis of 3: repeat the origin for every joint and subtract whole frames.
    origins = origin[:, None].repeat(keypoint.shape[2], axis=1)
    frames = keypoint.reshape(keypoint.shape[:2] + (-1,))
    return (frames - origins.reshape(len(origin), -1)).reshape(keypoint.shape)


def _axis(pose: np.ndarray, axis: Axis) -> np.ndarray:
    """The vector of a layout's axis in a pose ``(V, C)``."""
    start, end = axis
    return pose[list(end)].mean(axis=0) - pose[list(start)].mean(axis=0)


def rotation_between(vector: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The rotation ``(3, 3)`` about ``vector x target`` that turns a vector ``(3, )`` onto a unit vector ``(3, )``.

    Where the two are parallel, opposite or the vector has no length, this axis is unknown and nothing is turned.
    """
    axis = _cross_matrix(vector) @ target
    if np.abs(axis).sum() < 1e-6:
        return np.eye(3)
    length = np.linalg.norm(vector)
    sine = np.linalg.norm(axis)
    axis = axis / sine
    sine, cosine = sine / length, vector @ target / length
    return cosine * np.eye(3) + sine * _cross_matrix(axis) + (1 - cosine) * np.outer(axis, axis)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """The matrix ``(3, 3)`` that multiplies as the cross product with a vector does."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
