"""Presence of persons and joints in a sequence, where all-zero coordinates mean absence."""

import numpy as np

#: Larger coordinates are taken for defects: in millimeters or pixels this is far beyond any sensor.
MAX_COORDINATE = 1e6
#: More persons are taken for a defect: pipelines make every one of them as long as their window.
MAX_PERSONS = 1000


def present_frames(keypoint: np.ndarray) -> np.ndarray:
    """Return the frames in which each person is present.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``.

    Returns:
        np.ndarray: Boolean, ``(M, T)``; False where all coordinates of a person are zero.
    """
    # A single value settles nearly every frame; all values are read only for persons with an undecided frame.
    present = keypoint[:, :, -1, -1] != 0
    if not present.all():
        for person in np.flatnonzero(~present.all(axis=1)):
            present[person] = keypoint[person].reshape(keypoint.shape[1], -1).any(axis=1)
    return present


def occupied_frames(keypoint: np.ndarray) -> np.ndarray:
    """Return the frames in which anyone is present.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``.

    Returns:
        np.ndarray: Boolean, ``(T, )``: ``present_frames(keypoint).any(axis=0)``, without reading absent persons.
    """
    occupied = (keypoint[:, :, -1, -1] != 0).any(axis=0)
    if not occupied.all():
        occupied[~occupied] = keypoint[:, ~occupied].any(axis=(0, 2, 3))
    return occupied


def missing_joints(keypoint: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the all-zero joints of persons who are present.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``.
        present (np.ndarray): Frames in which each person is present, boolean, ``(M, T)``.

    Returns:
        np.ndarray: Boolean, ``(M, T, V)``.
    """
    missing = (keypoint[..., 0] == 0) & present[..., None]
    if missing.any():
        missing[missing] = ~keypoint[missing].any(axis=-1)
    return missing
