"""Random changes of a sequence that leave its action recognisable."""

from typing import Dict, Sequence, Tuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from mamp_plugin.skeletons import get_layout

from .sample import check_layout, get_keypoint, get_score, sample_name


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
        keypoint = _get_keypoint_3d(results, self)
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


@TRANSFORMS.register_module()
class RandomShear3D(BaseTransform):
    """Shears the whole sequence: to every coordinate random shares of the two others are added.

    Every frame, joint and person is sheared alike; absent joints (all zero) stay where they are.

    Required Keys:

        - keypoint

    Modified Keys:

        - keypoint

    Args:
        amount (float): The six shares are drawn uniformly from ``[-amount, amount]``. Defaults to 1.
    """

    def __init__(self, amount: float = 1.0) -> None:
        if amount < 0:
            raise ValueError(f'amount must not be negative, got {amount}')
        self.amount = amount

    def transform(self, results: Dict) -> Dict:
        keypoint = _get_keypoint_3d(results, self)
        results['keypoint'] = shear(keypoint, np.random.uniform(-self.amount, self.amount, size=6))
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(amount={self.amount})'


def shear(keypoint: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Shears joints ``(..., 3)`` by six shares: of y and z in the new x, of x and z in y, of x and y in z."""
    matrix = np.eye(3, dtype=np.float32)
    matrix[~np.eye(3, dtype=bool)] = shares
    return (keypoint.reshape(-1, 3) @ matrix.T).reshape(keypoint.shape)


@TRANSFORMS.register_module()
class CorruptJoints(BaseTransform):
    """Spoils some joints in all frames and of all persons.

    Either the chosen joints become zero, and so do their scores, or the row vector of each is multiplied by one random
    matrix for all, with entries drawn uniformly from ``[-1, 1]``.

    Required Keys:

        - keypoint
        - keypoint_score (optional)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        layout (str): Name of the skeleton layout. Defaults to ``'nturgb+d'``.
        share (float): Share of the joints to spoil, rounded to whole joints: 15 of 25, 12 of 20, 9 of 15.
            Defaults to 0.6.
        zero_prob (float): Probability that the chosen joints become zero. Defaults to 0.5.
    """

    def __init__(self, layout: str = 'nturgb+d', share: float = 0.6, zero_prob: float = 0.5) -> None:
        if not 0 <= share <= 1 or not 0 <= zero_prob <= 1:
            raise ValueError(f'share and zero_prob must lie in [0, 1], got {share} and {zero_prob}')
        self.layout = get_layout(layout)
        self.share = share
        self.zero_prob = zero_prob

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        check_layout(results, keypoint, self.layout)
        score = get_score(results, keypoint)
        joints, matrix = self.draw()
        results['keypoint'] = corrupt(keypoint, joints, matrix)
        if score is not None and not matrix.any():
            score = score.copy()
            score[:, :, joints] = 0
            results['keypoint_score'] = score
        return results

    def draw(self) -> Tuple[np.ndarray, np.ndarray]:
        """Draws which joints to spoil, and the matrix that does it, ``(C, C)``: zero if they are to become zero."""
        count = round(self.share * self.layout.num_joints)
        joints = np.random.choice(self.layout.num_joints, count, replace=False)
        shape = (self.layout.dims, self.layout.dims)
        return joints, np.zeros(shape) if np.random.rand() < self.zero_prob else np.random.uniform(-1, 1, shape)

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(layout={self.layout.name!r}, share={self.share}, zero_prob={self.zero_prob})'


def corrupt(keypoint: np.ndarray, joints: Sequence[int], matrix: np.ndarray) -> np.ndarray:
    """Multiplies the row vectors of some joints of ``(M, T, V, C)`` by a matrix ``(C, C)``."""
    corrupted = keypoint.copy()
    corrupted[:, :, joints] = keypoint[:, :, joints] @ np.asarray(matrix, dtype=np.float32)
    return corrupted


def _get_keypoint_3d(results: Dict, transform: BaseTransform) -> np.ndarray:
    """The coordinates of a sample, ``(M, T, V, 3)``; pictures, which have no depth, are refused."""
    keypoint = get_keypoint(results, transform)
    if keypoint.shape[-1] != 3:
        raise ValueError(
            f'{type(transform).__name__} needs 3 coordinates per joint, but {sample_name(results)} has '
            f'{keypoint.shape[-1]}; leave it out for 2D skeletons'
        )
    return keypoint
