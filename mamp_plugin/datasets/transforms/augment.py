"""Spatial augmentation: rotation, shear and corrupted joints."""

from typing import Dict, Optional, Sequence, Tuple, Union

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from numpy.typing import ArrayLike

from mamp_plugin.skeletons import LayoutLike

from .sample import explicit_layout, get_keypoint, get_score, layout_of, sample_name


@TRANSFORMS.register_module()
class RandomRotate3D(BaseTransform):
    """Rotation of a whole sequence about the origin by one random angle per axis; in 2D, by one in the image plane.

    All frames, joints and persons share the rotation; absent joints (all zero) stay zero.

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
        keypoint = _get_coordinates(results, self)
        num_angles = 3 if keypoint.shape[-1] == 3 else 1
        results['keypoint'] = rotate(keypoint, np.random.uniform(-self.angle, self.angle, size=num_angles))
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(angle={self.angle})'


def rotate(keypoint: np.ndarray, angles: ArrayLike) -> np.ndarray:
    """Rotate joints ``(..., 3)`` about the x, then the y, then the z axis, or ``(..., 2)`` by one angle, in radians."""
    dims = keypoint.shape[-1]
    rotation = _rotation_3d(angles) if dims == 3 else _rotation_2d(angles)
    return (keypoint.reshape(-1, dims) @ rotation.T).reshape(keypoint.shape)


def _rotation_2d(angles: ArrayLike) -> np.ndarray:
    (sine,), (cosine,) = np.sin(angles).tolist(), np.cos(angles).tolist()
    return np.array([[cosine, sine], [-sine, cosine]], dtype=np.float32)


def _rotation_3d(angles: ArrayLike) -> np.ndarray:
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles).tolist(), np.cos(angles).tolist()
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    return (about_z @ about_y @ about_x).astype(np.float32)


@TRANSFORMS.register_module()
class RandomShear3D(BaseTransform):
    """Random shear of a whole sequence: to every coordinate, random shares of the others are added.

    All frames, joints and persons share the shear; absent joints (all zero) stay zero.

    Required Keys:

        - keypoint

    Modified Keys:

        - keypoint

    Args:
        amount (float): The shares, six in 3D and two in 2D, are drawn uniformly from ``[-amount, amount]``.
            Defaults to 1.0.
    """

    def __init__(self, amount: float = 1.0) -> None:
        if amount < 0:
            raise ValueError(f'amount must not be negative, got {amount}')
        self.amount = amount

    def transform(self, results: Dict) -> Dict:
        keypoint = _get_coordinates(results, self)
        num_shares = 6 if keypoint.shape[-1] == 3 else 2
        results['keypoint'] = shear(keypoint, np.random.uniform(-self.amount, self.amount, size=num_shares))
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(amount={self.amount})'


def shear(keypoint: np.ndarray, shares: ArrayLike) -> np.ndarray:
    """Shear joints ``(..., C)``: in 3D, by shares of y and z in the new x, of x and z in y, of x and y in z."""
    dims = keypoint.shape[-1]
    matrix = np.eye(dims, dtype=np.float32)
    matrix[~np.eye(dims, dtype=bool)] = shares
    return (keypoint.reshape(-1, dims) @ matrix.T).reshape(keypoint.shape)


@TRANSFORMS.register_module()
class CorruptJoints(BaseTransform):
    """Jittering or zeroing of a random subset of joints, the same in all frames and for all persons.

    The chosen joints and their scores become zero, or the coordinates of each are multiplied, as a row vector, by one
    random matrix with entries drawn uniformly from ``[-1, 1]``.

    Required Keys:

        - keypoint
        - keypoint_score (optional)
        - layout (unless given as an argument)

    Modified Keys:

        - keypoint
        - keypoint_score (optional)

    Args:
        layout (str or dict, optional): Skeleton layout: name, dict or JSON file. Defaults to None, the sample's.
        share (float): Share of the joints to corrupt, rounded to whole joints: 15 of 25, 12 of 20, 9 of 15.
            Defaults to 0.6.
        zero_prob (float): Probability of zeroing instead of jittering. Defaults to 0.5.
    """

    def __init__(self, layout: Optional[LayoutLike] = None, share: float = 0.6, zero_prob: float = 0.5) -> None:
        if not 0 <= share <= 1 or not 0 <= zero_prob <= 1:
            raise ValueError(f'share and zero_prob must lie in [0, 1], got {share} and {zero_prob}')
        self.layout = explicit_layout(layout)
        self.share = share
        self.zero_prob = zero_prob

    def transform(self, results: Dict) -> Dict:
        keypoint = get_keypoint(results, self)
        layout = layout_of(results, self.layout, check_dims=True)
        score = get_score(results, keypoint)
        joints, matrix = self.draw(layout.num_joints, layout.dims)
        results['keypoint'] = corrupt(keypoint, joints, matrix)
        if score is not None and not matrix.any():
            score = score.copy()
            score[:, :, joints] = 0
            results['keypoint_score'] = score
        return results

    def draw(self, num_joints: int, dims: int) -> Tuple[np.ndarray, np.ndarray]:
        """Draw the joints to corrupt, ``(count, )``, and their matrix ``(C, C)``, which is zero for zeroing."""
        joints = np.random.choice(num_joints, round(self.share * num_joints), replace=False)
        zeroed = np.random.rand() < self.zero_prob
        return joints, np.zeros((dims, dims)) if zeroed else np.random.uniform(-1, 1, (dims, dims))

    def __repr__(self) -> str:
        layout = self.layout and self.layout.name
        return f'{self.__class__.__name__}(layout={layout!r}, share={self.share}, zero_prob={self.zero_prob})'


def corrupt(keypoint: np.ndarray, joints: Union[Sequence[int], np.ndarray], matrix: np.ndarray) -> np.ndarray:
    """Multiply the row vectors of some joints of ``(M, T, V, C)`` by a matrix ``(C, C)``."""
    corrupted = keypoint.copy()
    corrupted[:, :, joints] = keypoint[:, :, joints] @ np.asarray(matrix, dtype=np.float32)
    return corrupted


def _get_coordinates(results: Dict, transform: BaseTransform) -> np.ndarray:
    """Return the coordinates of a sample, ``(M, T, V, 2)`` or ``(M, T, V, 3)``, without a score as the last."""
    keypoint = get_keypoint(results, transform)
    if results.get('layout') is not None:
        layout_of(results, None, check_dims=True)
    if keypoint.shape[-1] not in (2, 3):
        raise ValueError(
            f'{type(transform).__name__} needs 2 or 3 coordinates per joint, but {sample_name(results)} has '
            f'{keypoint.shape[-1]}; put it in front of transforms that add channels'
        )
    return keypoint
