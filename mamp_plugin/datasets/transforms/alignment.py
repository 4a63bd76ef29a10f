"""Axes and centers of bodies, and rotations that align them."""

from typing import List

import numpy as np

from mamp_plugin.skeletons import Axis, SkeletonLayout


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


def axis_vector(pose: np.ndarray, axis: Axis) -> np.ndarray:
    """Return the vector of a layout's axis in poses, ``(..., V, C)`` to ``(..., C)``."""
    start, end = axis
    return pose[..., list(end), :].mean(axis=-2) - pose[..., list(start), :].mean(axis=-2)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """Return the matrix ``(3, 3)`` of the cross product with a vector."""
    x, y, z = vector
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])


def torso_of(layout: SkeletonLayout) -> Axis:
    """Return the axis from the middle of the hips to the middle of the shoulders, or the spine without these joints."""
    ends = [(f'left_{joint}', f'right_{joint}') for joint in ('hip', 'shoulder')]
    if not all(joint in layout.joints for end in ends for joint in end):
        return layout.spine
    hips, shoulders = (tuple(map(layout.joints.index, end)) for end in ends)
    return hips, shoulders


def mean_of_known(poses: np.ndarray, known: np.ndarray, joints: List[int]) -> np.ndarray:
    """Return the mean of the known ones of some joints in each frame; without any, that of the nearest frame before.

    Args:
        poses (np.ndarray): Poses of a person, ``(T, V, C)``.
        known (np.ndarray): Known joints, boolean, ``(T, V)``.
        joints (list[int]): The joints. If they are never known, all joints of the body.

    Returns:
        np.ndarray: ``(T, C)``; before the first frame with a known joint, that of this frame.
    """
    joints = joints if known[:, joints].any() else list(range(known.shape[1]))
    poses, known = poses[:, joints], known[:, joints]
    count = known.sum(axis=1)
    mean = (
        np.where(known[..., None], poses, np.float32(0)).sum(axis=1) / np.maximum(count, 1, dtype=np.float32)[:, None]
    )
    latest = np.maximum.accumulate(np.where(count > 0, np.arange(len(count)), (count > 0).argmax()))
    return mean[latest]
