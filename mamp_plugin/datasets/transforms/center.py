"""Normalization of place and orientation."""

from typing import Dict, Optional, Union

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.registry_aliases import register_alias
from mamp_plugin.skeletons import Axis, LayoutLike, SkeletonLayout
from mamp_plugin.skeletons.presence import missing_joints, present_frames

from .sample import explicit_layout, get_keypoint, layout_of


@TRANSFORMS.register_module()
class CenterSkeleton(BaseTransform):
    """Translation of a sequence to the origin and, optionally, rotation to a frontal or an upright, frontal pose.

    Person 0 leads, or the first person who appears if person 0 never does: this person's joints determine the
    rotation of all persons and, unless ``origin='persons'``, their translation. Absent persons and joints (all zero)
    stay zero, and so does a sequence without persons. With ``frame='every'``, frames without the leading person (with
    ``origin='persons'``, without any) are not translated; with ``align_frame='every'``, they are rotated like the frame
    before. Coordinates must be finite; put ``RepairCoordinates`` before this transform otherwise.

    ``frame='first'`` is the preprocessing of MAMP; ``frame='every', align='full'`` after ``PadEmptyFrames`` that of
    PCM3; ``absent='joint', align='full'`` after ``DropEmptyFrames`` equals mmaction2's ``PreNormalize3D``.
    ``align='yaw'`` removes the direction that persons face and keeps how they lean or lie. With ``origin='persons'``,
    two persons who interact stand on both sides of the origin, whichever of them is stored first::

        dict(type='CenterSkeleton', frame='every', align='yaw', align_frame='every')
        dict(type='CenterSkeleton', origin='persons')

    Required Keys:

        - keypoint
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint

    Args:
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
        frame (str): Frame that decides the origin: ``'first'``, the first in which the leading person appears;
            ``'every'``, each frame its own; ``'none'``, no translation. Defaults to ``'first'``.
        align (str or bool): Rotation of all persons together, decided by the leading person. ``'yaw'``: about the
            vertical, until the line from the left to the right shoulder, seen from above, points along the x axis.
            ``'full'`` or True: the spine onto the vertical, then the line of the shoulders onto the x axis. ``'none'``
            or False: no rotation. Only for 3D layouts. Defaults to False.
        absent (str, optional): What counts as absent: ``'frame'``, a person whose joints are all zero in a frame;
            ``'joint'``, every joint that is zero. Defaults to None: ``'joint'`` with ``frame='every'``, else
            ``'frame'``.
        align_frame (str): Frame that decides the rotation: ``'first'``, the first in which the leading person appears;
            ``'every'``, each frame its own. Defaults to ``'first'``.
        up (str, optional): The vertical axis, ``'y'`` or ``'z'``. For ``'yaw'``, that of the data. For ``'full'``, the
            axis that the spine is rotated onto. Defaults to None: ``'y'`` for ``'yaw'``, as depth sensors and all data
            sets of this package have it; ``'z'`` for ``'full'``, as PCM3 and mmaction2 do.
        origin (str): ``'leader'``, the center joint of the leading person; ``'persons'``, the mean of the center joints
            of all persons who are present in the frame. Defaults to ``'leader'``.
    """

    def __init__(
        self,
        layout: Optional[LayoutLike] = None,
        frame: str = 'first',
        align: Union[str, bool] = False,
        absent: Optional[str] = None,
        align_frame: str = 'first',
        up: Optional[str] = None,
        origin: str = 'leader',
    ) -> None:
        if isinstance(align, bool):
            align = 'full' if align else 'none'
        if frame not in ('first', 'every', 'none'):
            raise ValueError(f"frame must be 'first', 'every' or 'none', got {frame!r}")
        if absent not in (None, 'frame', 'joint'):
            raise ValueError(f"absent must be 'frame', 'joint' or None, got {absent!r}")
        if align not in ('none', 'yaw', 'full'):
            raise ValueError(f"align must be 'none', 'yaw' or 'full', got {align!r}")
        if align_frame not in ('first', 'every'):
            raise ValueError(f"align_frame must be 'first' or 'every', got {align_frame!r}")
        if up not in (None, 'y', 'z'):
            raise ValueError(f"up must be 'y', 'z' or None, got {up!r}")
        if origin not in ('leader', 'persons'):
            raise ValueError(f"origin must be 'leader' or 'persons', got {origin!r}")
        if frame == 'none' and origin != 'leader':
            raise ValueError(f"origin={origin!r} has no effect without a translation; set frame='first' or 'every'")
        if align == 'none' and (align_frame, up) != ('first', None):
            raise ValueError("align_frame and up have no effect without a rotation; set align='yaw' or 'full'")
        self.layout = explicit_layout(layout)
        self.frame = frame
        self.align = align
        self.align_frame = align_frame
        self.up = up or ('y' if align == 'yaw' else 'z')
        self.origin = origin
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
            chosen = slice(first, first + 1) if self.frame == 'first' else slice(None)
            centers = keypoint[:, chosen, layout.center]
            origin = centers[leader] if self.origin == 'leader' else _mean_of_present(centers, frames[:, chosen])
            moved = _subtract(keypoint, origin)
            moved[~frames] = 0
            if self.absent == 'joint':
                moved[missing_joints(keypoint, frames)] = 0
            keypoint = moved
        if self.align != 'none':
            keypoint = self._rotate(keypoint, layout, leader, frames[leader])
        results['keypoint'] = keypoint
        return results

    def _rotate(self, keypoint: np.ndarray, layout: SkeletonLayout, leader: int, present: np.ndarray) -> np.ndarray:
        first = int(present.argmax())
        if self.align_frame == 'first':
            rotation = self._rotations(keypoint[leader, first : first + 1], layout)[0]
            return (keypoint.reshape(-1, 3) @ rotation.T).reshape(keypoint.shape)
        latest = np.maximum.accumulate(np.where(present, np.arange(len(present)), first))
        return keypoint @ self._rotations(keypoint[leader], layout)[latest].transpose(0, 2, 1)

    def _rotations(self, poses: np.ndarray, layout: SkeletonLayout) -> np.ndarray:
        """Return the rotation of each pose: ``(T, V, 3)`` to ``(T, 3, 3)``."""
        if self.align == 'yaw':
            return yaw_alignments(poses, layout, self.up)
        return np.stack([alignment(pose, layout, self.up) for pose in poses])

    def _check_align(self, layout: SkeletonLayout) -> None:
        if self.align != 'none' and layout.dims != 3:
            raise ValueError(
                f'align={self.align!r} needs 3D skeletons, but layout {layout.name!r} has {layout.dims} coordinates; '
                "use align='none'"
            )

    def __repr__(self) -> str:
        rotation = '' if self.align == 'none' else f', align_frame={self.align_frame!r}, up={self.up!r}'
        return (
            f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, frame={self.frame!r}, '
            f'align={self.align!r}, absent={self.absent!r}{rotation}, origin={self.origin!r})'
        )


register_alias(TRANSFORMS, 'CentreSkeleton', CenterSkeleton)


def alignment(pose: np.ndarray, layout: SkeletonLayout, up: str = 'z') -> np.ndarray:
    """Return the rotation ``(3, 3)`` that turns a pose ``(V, 3)`` upright and its shoulders onto the x axis."""
    pose = pose.astype(np.float64)
    upright = rotation_between(axis_vector(pose, layout.spine), np.eye(3)['xyz'.index(up)])
    shoulders = upright @ axis_vector(pose, layout.shoulders)
    return (rotation_between(shoulders, np.array([1.0, 0.0, 0.0])) @ upright).astype(np.float32)


def yaw_alignments(poses: np.ndarray, layout: SkeletonLayout, up: str = 'y') -> np.ndarray:
    """Return the rotations ``(T, 3, 3)`` about the vertical that turn the shoulders of poses ``(T, V, 3)`` towards +x.

    The identity where one shoulder is right above the other.
    """
    side = 1 if up == 'z' else 2  # the horizontal axis beside x
    shoulders = axis_vector(poses.astype(np.float64), layout.shoulders)[:, [0, side]]
    length = np.linalg.norm(shoulders, axis=1, keepdims=True)
    cosine, sine = np.where(length > 1e-6, shoulders / np.maximum(length, 1e-6), [1.0, 0.0]).T
    rotations = np.tile(np.eye(3, dtype=np.float32), (len(poses), 1, 1))
    rotations[:, 0, 0] = rotations[:, side, side] = cosine
    rotations[:, 0, side], rotations[:, side, 0] = sine, -sine
    return rotations


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


def _mean_of_present(centers: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the mean over the present persons, ``(M, T, C)`` to ``(T, C)``, zero in frames without any."""
    count = np.maximum(present.sum(axis=0), 1)[:, None]
    return (centers * present[..., None]).sum(axis=0) / count.astype(centers.dtype)


def _subtract(keypoint: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """Subtract an origin per frame, ``(T, C)``, or one for all frames, ``(1, C)``, from ``(M, T, V, C)``."""
    # NumPy is slow over an innermost axis of 3: repeat the origin for every joint and subtract whole frames.
    origins = origin[:, None].repeat(keypoint.shape[2], axis=1)
    frames = keypoint.reshape(keypoint.shape[:2] + (-1,))
    return (frames - origins.reshape(len(origin), -1)).reshape(keypoint.shape)


def axis_vector(pose: np.ndarray, axis: Axis) -> np.ndarray:
    """Return the vector of a layout's axis in poses, ``(..., V, C)`` to ``(..., C)``."""
    start, end = axis
    return pose[..., list(end), :].mean(axis=-2) - pose[..., list(start), :].mean(axis=-2)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """Return the matrix ``(3, 3)`` of the cross product with a vector."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
