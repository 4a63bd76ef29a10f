"""Random changes of a sequence that leave its action recognisable."""

from typing import Dict, Sequence

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from .sample import get_keypoint, sample_name


@TRANSFORMS.register_module()
class RandomRotate3D(BaseTransform):
    """Turns the whole sequence about the origin by one random angle per axis.

    Every frame, joint and person is turned alike; absent joints (all zero) stay where they are.

    Required Keys:

        - keypoint

    Modified Keys:

        - keypoint

    Args:
        angle (float): Angles are drawn uniformly from ``[-angle, angle]``, in radians. Defaults to 0.3.
    """

    def __init__(self, angle: float = 0.3) -> None:
        if angle < 0:
            raise ValueError(f'angle must not be negative, got {angle}')
        self.angle = angle

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        if keypoint.shape[-1] != 3:
            raise ValueError(
                f'RandomRotate3D needs 3 coordinates per joint, but {sample_name(results)} has {keypoint.shape[-1]}; '
                'leave it out for 2D skeletons'
            )
        results['keypoint'] = rotate(keypoint, np.random.uniform(-self.angle, self.angle, size=3))
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(angle={self.angle})'


def rotate(keypoint: np.ndarray, angles: Sequence[float]) -> np.ndarray:
    """Turns joints ``(..., 3)`` about the x, then the y, then the z axis by angles in radians."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles).tolist(), np.cos(angles).tolist()
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    rotation = (about_z @ about_y @ about_x).astype(np.float32)
    return (keypoint.reshape(-1, 3) @ rotation.T).reshape(keypoint.shape)
