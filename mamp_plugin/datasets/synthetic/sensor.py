"""What a sensor makes of a performance: viewpoint, noise, drop-outs, projection onto an image."""

from typing import Dict, Tuple

import numpy as np

from .body import rotations

#: Where the cameras stand, in degrees about the scene. As in NTU RGB+D the first one is kept for validation.
VIEWS = (0, -45, 45)
MAX_PERSONS = 2
#: Height and width in pixels.
IMAGE_SHAPE = (1080, 1920)
_FOCAL_LENGTH = 1060.0
_EMPTY_SHARE = 0.2


def view_from(rng: np.random.Generator, bodies: np.ndarray, view: int, heading: float) -> np.ndarray:
    """The performance in camera coordinates: x to the camera's left, y up, z the distance.

    Args:
        rng (np.random.Generator): Where chance comes from.
        bodies (np.ndarray): Joint positions in the room, ``(persons, 3, V, T)``.
        view (int): Index in :data:`VIEWS`.
        heading (float): Degrees by which the performers turn away from the middle camera.

    Returns:
        np.ndarray: Metres, ``(persons, T, V, 3)``.
    """
    tilt, around = rng.normal((0, 180 + VIEWS[view] + heading), (2, 4))
    rotation = rotations(np.deg2rad(tilt), np.deg2rad(around), 0).astype(np.float32)
    position = rng.uniform((-0.3, -1.2, 2.7), (0.3, -0.9, 3.3)).astype(np.float32)
    return bodies.transpose(0, 3, 2, 1) @ rotation.T + position


def disturb(rng: np.random.Generator, keypoint: np.ndarray) -> np.ndarray:
    """Adds noise and makes some joints freeze or jump for a few frames, in place.

    Args:
        rng (np.random.Generator): Where chance comes from.
        keypoint (np.ndarray): Camera coordinates, ``(persons, T, V, 3)``.

    Returns:
        np.ndarray: Which joints are not to be trusted, bool ``(persons, T, V)``.
    """
    num_persons, num_frames, num_joints = keypoint.shape[:3]
    # a tracker smooths its joints over frames, so its errors are not independent
    noise = rng.standard_normal((num_persons, num_frames + 2, num_joints, 3), dtype=np.float32)
    noise = noise[:, :-2] + noise[:, 1:-1] + noise[:, 2:]
    keypoint += np.float32(rng.uniform(0.001, 0.004)) * noise
    lost = np.zeros(keypoint.shape[:3], dtype=bool)
    for person in range(num_persons):
        for freezes in rng.random(rng.integers(0, 4)) < 0.5:
            start = rng.integers(num_frames)
            joints = rng.integers(0, num_joints, rng.integers(1, num_joints // 3))
            window = keypoint[person, start : start + rng.integers(3, 11)]
            window[:, joints] = window[0, joints] if freezes else window[:, joints] + rng.normal(0, 0.12, 3)
            lost[person, start : start + len(window), joints] = True
    return lost


def empty_frames(rng: np.random.Generator, num_frames: int) -> slice:
    """Frames in which nobody was found; often none."""
    if rng.random() > _EMPTY_SHARE:
        return slice(0)
    start = rng.integers(num_frames - 5)
    return slice(start, start + rng.integers(1, 6))


def project(keypoint: np.ndarray) -> np.ndarray:
    """Pixel coordinates ``(..., 2)``, rightwards and downwards, of camera coordinates ``(..., 3)``."""
    height, width = IMAGE_SHAPE
    pixels = -_FOCAL_LENGTH * keypoint[..., :2] / keypoint[..., 2:]
    return (pixels + (width / 2, height / 2)).astype(np.float32)


def confidence(rng: np.random.Generator, lost: np.ndarray) -> np.ndarray:
    """How sure a pose estimator is of every joint, in the shape of ``lost``."""
    return (1 - 0.3 * rng.random(lost.shape, dtype=np.float32)) * np.where(lost, np.float32(0.3), np.float32(1))


def to_persons(values: np.ndarray, nobody: slice) -> np.ndarray:
    """Pads to :data:`MAX_PERSONS` on the first axis; absent persons and the frames ``nobody`` are zero."""
    padded = np.zeros((MAX_PERSONS,) + values.shape[1:], dtype=np.float32)
    padded[: len(values)] = values
    padded[:, nobody] = 0
    return padded


def record(rng: np.random.Generator, keypoint: np.ndarray, dims: int) -> Dict[str, np.ndarray]:
    """What is stored of a performance.

    Args:
        rng (np.random.Generator): Where chance comes from.
        keypoint (np.ndarray): Camera coordinates, ``(persons, T, V, 3)``; disturbed in place.
        dims (int): 3 for coordinates in space, 2 for pixels.

    Returns:
        dict: ``keypoint`` ``(M, T, V, dims)`` and, for pixels, ``keypoint_score`` ``(M, T, V)``.
    """
    lost = disturb(rng, keypoint)
    nobody = empty_frames(rng, keypoint.shape[1])
    if dims == 3:
        return dict(keypoint=to_persons(keypoint, nobody))
    return dict(
        keypoint=to_persons(project(keypoint), nobody),
        keypoint_score=to_persons(confidence(rng, lost), nobody),
    )


def image_size(dims: int) -> Dict[str, Tuple[int, int]]:
    """What a sample in pixels says about its image; nothing in space."""
    return dict(img_shape=IMAGE_SHAPE, original_shape=IMAGE_SHAPE) if dims == 2 else {}
