"""What of a skeleton is looked at: joints, bones or their motion."""

from typing import Dict

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import get_layout

from .sample import check_layout, get_keypoint


@TRANSFORMS.register_module()
class SkeletonStream(BaseTransform):
    """Turns joint positions into the stream a model learns from.

    A bone is the joint minus its parent in the layout's tree, the root's is zero. Motion is the next frame minus this
    one, zero in the last frame. An absent person has no bones and no motion. In the frame before a person appears or
    disappears, the difference to zero counts as motion, as in the released methods; ``PadEmptyFrames`` in front
    prevents it where a person is missing at the beginning or end. The clips of a sample do not move into each other.

    Required Keys:

        - keypoint
        - num_clips (optional)

    Modified Keys:

        - keypoint

    Args:
        layout (str): Name of the skeleton layout. Defaults to ``'nturgb+d'``.
        stream (str): ``'joint'``, ``'bone'``, ``'motion'`` or ``'bone_motion'``. Defaults to ``'joint'``.
    """

    def __init__(self, layout: str = 'nturgb+d', stream: str = 'joint') -> None:
        if stream not in ('joint', 'bone', 'motion', 'bone_motion'):
            raise ValueError(f"stream must be 'joint', 'bone', 'motion' or 'bone_motion', got {stream!r}")
        self.layout = get_layout(layout)
        self.stream = stream

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        check_layout(results, keypoint, self.layout)
        if self.stream in ('bone', 'bone_motion'):
            keypoint = keypoint - keypoint.take(self.layout.parents, axis=2)
        if self.stream in ('motion', 'bone_motion'):
            clips = (-1, keypoint.shape[1] // results.get('num_clips', 1)) + keypoint.shape[2:]
            keypoint = motion(keypoint.reshape(clips)).reshape(keypoint.shape)
        results['keypoint'] = keypoint
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout.name!r}, stream={self.stream!r})'


def motion(keypoint: np.ndarray) -> np.ndarray:
    """The next frame minus this one, zero in the last frame: ``(M, T, V, C)`` to ``(M, T, V, C)``."""
    change = np.empty_like(keypoint)
    np.subtract(keypoint[:, 1:], keypoint[:, :-1], out=change[:, :-1])
    change[:, -1:] = 0
    return change
