"""Normalization of place and orientation."""

from typing import Dict, Optional, Union

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.registry_aliases import register_alias
from mamp_plugin.skeletons import LayoutLike, SkeletonLayout
from mamp_plugin.skeletons.presence import present_frames

from .alignment import alignment, mean_of_known, torso_of, yaw_alignments
from .sample import explicit_layout, get_keypoint, layout_of, unknown_joints


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

    In 2D, where estimators lose single joints, a joint with score 0 is absent too, and the center of a person is the
    mean of the known joints: in frames without any, that of the frame before, with ``frame='every'`` also for others.

    Required Keys:

        - keypoint
        - keypoint_score (optional, in 2D)
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
        joint (str): What is the center of a person: ``'center'``, the center joint of the layout, or ``'hips'``, the
            middle of the hips. COCO's center joint is the nose. Defaults to ``'center'``.
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
        joint: str = 'center',
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
        if joint not in ('center', 'hips'):
            raise ValueError(f"joint must be 'center' or 'hips', got {joint!r}")
        if align == 'none' and (align_frame, up) != ('first', None):
            raise ValueError("align_frame and up have no effect without a rotation; set align='yaw' or 'full'")
        self.layout = explicit_layout(layout)
        self.frame = frame
        self.align = align
        self.align_frame = align_frame
        self.up = up or ('y' if align == 'yaw' else 'z')
        self.origin = origin
        self.joint = joint
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
            lossy = self.absent == 'joint' or layout.dims == 2
            unknown = unknown_joints(results, keypoint, frames) if lossy else np.zeros(keypoint.shape[:3], bool)
            centers = self._centers(keypoint, layout, frames[..., None] & ~unknown)[:, chosen]
            origin = centers[leader] if self.origin == 'leader' else _mean_of_present(centers, frames[:, chosen])
            moved = _subtract(keypoint, origin)
            moved[~frames] = 0
            if self.absent == 'joint':
                moved[unknown] = 0
            keypoint = moved
        if self.align != 'none':
            keypoint = self._rotate(keypoint, layout, leader, frames[leader])
        results['keypoint'] = keypoint
        return results

    def _centers(self, keypoint: np.ndarray, layout: SkeletonLayout, known: np.ndarray) -> np.ndarray:
        """Return the center of each person, ``(M, T, C)``, from joints that are known or not, ``(M, T, V)``."""
        joints = [layout.center] if self.joint == 'center' else list(torso_of(layout)[0])
        if layout.dims == 3:
            return keypoint[:, :, joints].mean(axis=2)
        return np.stack([mean_of_known(*person, joints) for person in zip(keypoint, known)])

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
        joint = '' if self.joint == 'center' else f', joint={self.joint!r}'
        return (
            f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, frame={self.frame!r}, '
            f'align={self.align!r}, absent={self.absent!r}{rotation}, origin={self.origin!r}{joint})'
        )


register_alias(TRANSFORMS, 'CentreSkeleton', CenterSkeleton)


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
