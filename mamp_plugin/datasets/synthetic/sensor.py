"""Simulated sensor: viewpoint, noise, dropouts and projection onto an image."""

from typing import Any, Dict, Tuple

import numpy as np

from .body import rotations

#: Camera angles around the scene in degrees. As in NTU RGB+D, the first camera is for validation.
VIEWS = (0, -45, 45)
MAX_PERSONS = 2
#: Height and width in pixels.
IMAGE_SHAPE = (1080, 1920)
_FOCAL_LENGTH = 1060.0
#: Standard deviation in pixels of a joint that a pose estimator is sure of: about 2 % of a torso.
_DETECTION_NOISE = 3.0
_EMPTY_SHARE = 0.2


def view_from(rng: np.random.Generator, bodies: np.ndarray, view: int, heading: float) -> np.ndarray:
    """Return the performance in camera coordinates: x to the left of the camera, y up, z the distance.

    Args:
        rng (np.random.Generator): Random generator.
        bodies (np.ndarray): Joint positions in the room, ``(persons, 3, V, T)``.
        view (int): Index in :data:`VIEWS`.
        heading (float): Rotation of the performers away from the middle camera in degrees.

    Returns:
        np.ndarray: Meters, ``(persons, T, V, 3)``.
    """
    drawn: Any = rng.normal((0, 180 + VIEWS[view] + heading), (2, 4))
    tilt, around = np.deg2rad(drawn)
    rotation = rotations(tilt, around, 0).astype(np.float32)
    position = np.asarray(rng.uniform((-0.3, -1.2, 2.7), (0.3, -0.9, 3.3)), np.float32)
    return bodies.transpose(0, 3, 2, 1) @ rotation.T + position


def disturb(rng: np.random.Generator, keypoint: np.ndarray) -> np.ndarray:
    """Add noise and let some joints freeze or jump for a few frames, in place.

    Args:
        rng (np.random.Generator): Random generator.
        keypoint (np.ndarray): Camera coordinates, ``(persons, T, V, 3)``.

    Returns:
        np.ndarray: Unreliable joints, boolean, ``(persons, T, V)``.
    """
    num_persons, num_frames, num_joints = keypoint.shape[:3]
    # Trackers smooth over time, so their errors are correlated.
    noise = rng.standard_normal((num_persons, num_frames + 2, num_joints, 3), dtype=np.float32)
    noise = noise[:, :-2] + noise[:, 1:-1] + noise[:, 2:]
    keypoint += np.float32(rng.uniform(0.001, 0.004)) * noise
    lost = np.zeros(keypoint.shape[:3], dtype=bool)
    for person in range(num_persons):
        for freezes in rng.random(rng.integers(0, 4)) < 0.5:
            start = rng.integers(num_frames)
            joints = rng.integers(0, num_joints, rng.integers(1, max(2, num_joints // 3)))
            window = keypoint[person, start : start + rng.integers(3, 11)]
            window[:, joints] = window[0, joints] if freezes else window[:, joints] + rng.normal(0, 0.12, 3)
            lost[person, start : start + len(window), joints] = True
    return lost


def empty_frames(rng: np.random.Generator, num_frames: int) -> slice:
    """Draw the frames in which no person is detected, often none."""
    if rng.random() > _EMPTY_SHARE:
        return slice(0)
    start = rng.integers(num_frames - 5)
    return slice(start, start + rng.integers(1, 6))


def project(keypoint: np.ndarray) -> np.ndarray:
    """Project camera coordinates ``(..., 3)`` to pixels ``(..., 2)``, to the right and down."""
    height, width = IMAGE_SHAPE
    pixels = -_FOCAL_LENGTH * keypoint[..., :2] / keypoint[..., 2:]
    return (pixels + (width / 2, height / 2)).astype(np.float32)


def confidence(rng: np.random.Generator, lost: np.ndarray) -> np.ndarray:
    """Draw the confidence of a pose estimator, in the shape of ``lost``."""
    return (1 - 0.3 * rng.random(lost.shape, dtype=np.float32)) * np.where(lost, np.float32(0.3), np.float32(1))


def detect(rng: np.random.Generator, pixels: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Add the noise of a pose estimator to pixels ``(..., 2)``: independent in each frame, larger at a low score."""
    noise = rng.standard_normal(pixels.shape, dtype=np.float32)
    return pixels + np.float32(_DETECTION_NOISE) * noise / score[..., None]


def to_persons(values: np.ndarray, nobody: slice) -> np.ndarray:
    """Pad the first axis to :data:`MAX_PERSONS`; absent persons and the frames ``nobody`` are zero."""
    padded = np.zeros((MAX_PERSONS,) + values.shape[1:], dtype=np.float32)
    padded[: len(values)] = values
    padded[:, nobody] = 0
    return padded


def record(rng: np.random.Generator, keypoint: np.ndarray, dims: int) -> Dict[str, np.ndarray]:
    """Return the recorded arrays of a performance.

    Args:
        rng (np.random.Generator): Random generator.
        keypoint (np.ndarray): Camera coordinates, ``(persons, T, V, 3)``; disturbed in place.
        dims (int): 3 for camera coordinates, 2 for pixels.

    Returns:
        dict: ``keypoint`` ``(M, T, V, dims)`` and, for pixels, ``keypoint_score`` ``(M, T, V)``.
    """
    lost = disturb(rng, keypoint)
    nobody = empty_frames(rng, keypoint.shape[1])
    if dims == 3:
        return dict(keypoint=to_persons(keypoint, nobody))
    score = confidence(rng, lost)
    pixels = detect(rng, project(keypoint), score)
    return dict(keypoint=to_persons(pixels, nobody), keypoint_score=to_persons(score, nobody))


def image_size(dims: int) -> Dict[str, Tuple[int, int]]:
    """Return the image size of a sample in pixels; nothing in 3D."""
    return dict(img_shape=IMAGE_SHAPE, original_shape=IMAGE_SHAPE) if dims == 2 else {}
