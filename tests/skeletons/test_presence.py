"""Presence of persons and joints."""

import numpy as np
import pytest

from mamp_plugin.skeletons.presence import missing_joints, occupied_frames, present_frames


@pytest.fixture(params=['float32', 'float64', 'int64'])
def keypoint(request):
    """Sequences of 3 persons in which frames, joints, single coordinates and a whole person are zero."""
    random = np.random.RandomState(0)
    keypoint = random.randint(1, 9, (3, 20, 5, 3)) * (random.rand(3, 20, 5, 3) < 0.8)
    keypoint *= random.rand(3, 20, 5, 1) < 0.7
    keypoint *= random.rand(3, 20, 1, 1) < 0.6
    keypoint[0, 0] = keypoint[2] = keypoint[:, 5] = 0
    keypoint[0, 0, 0, 0] = 1  # present, though the last joint is zero
    return keypoint.astype(request.param)


def test_presence_equals_plain_numpy(keypoint):
    present = present_frames(keypoint)
    np.testing.assert_array_equal(present, (keypoint != 0).any(axis=(2, 3)))
    np.testing.assert_array_equal(occupied_frames(keypoint), (keypoint != 0).any(axis=(0, 2, 3)))
    assert not occupied_frames(keypoint).all()
    missing = (keypoint == 0).all(axis=-1) & present[..., None]
    assert missing.any() and present[0, 0] and not present[2].any()
    np.testing.assert_array_equal(missing_joints(keypoint, present), missing)


def test_nan_counts_as_presence_and_memory_order_does_not_matter(keypoint):
    transposed = np.asfortranarray(keypoint)
    np.testing.assert_array_equal(present_frames(transposed), present_frames(keypoint))
    if keypoint.dtype.kind == 'f':
        keypoint[2, 3, 1, 0] = np.nan
        assert present_frames(keypoint)[2].nonzero()[0].tolist() == [3]
