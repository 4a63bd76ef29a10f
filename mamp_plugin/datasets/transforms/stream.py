"""Input streams: joints, bones and their motion."""

from typing import Dict, Optional

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import LayoutLike

from .sample import explicit_layout, get_keypoint, layout_of


@TRANSFORMS.register_module()
class SkeletonStream(BaseTransform):
    """Conversion of joint positions to one of the four usual input streams.

    A bone is a joint minus its parent in the layout's tree and zero at the root. Motion is the next frame minus the
    current one and zero in the last frame of every clip. Bones and motion of absent persons are zero. Where a person
    appears or disappears, the difference to zero counts as motion, as in the released methods; ``PadEmptyFrames``
    before this transform avoids that at the beginning and the end.

    Required Keys:

        - keypoint
        - num_clips (optional)
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint

    Args:
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
        stream (str): ``'joint'``, ``'bone'``, ``'motion'`` or ``'bone_motion'``. Defaults to ``'joint'``.
    """

    def __init__(self, layout: Optional[LayoutLike] = None, stream: str = 'joint') -> None:
        if stream not in ('joint', 'bone', 'motion', 'bone_motion'):
            raise ValueError(f"stream must be 'joint', 'bone', 'motion' or 'bone_motion', got {stream!r}")
        self.layout = explicit_layout(layout)
        self.stream = stream

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        layout = layout_of(results, self.layout, check_dims=True)
        if self.stream in ('bone', 'bone_motion'):
            keypoint = keypoint - keypoint.take(layout.parents, axis=2)
        if self.stream in ('motion', 'bone_motion'):
            clips = (-1, keypoint.shape[1] // results.get('num_clips', 1)) + keypoint.shape[2:]
            keypoint = motion(keypoint.reshape(clips)).reshape(keypoint.shape)
        results['keypoint'] = keypoint
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout and self.layout.name!r}, stream={self.stream!r})'


def motion(keypoint: np.ndarray) -> np.ndarray:
    """Return the next frame minus the current one, zero in the last frame, ``(M, T, V, C)``."""
    change = np.empty_like(keypoint)
    np.subtract(keypoint[:, 1:], keypoint[:, :-1], out=change[:, :-1])
    change[:, -1:] = 0
    return change
