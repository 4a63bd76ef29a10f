"""RepairCoordinates against np.interp, one coordinate at a time."""

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import RepairCoordinates


def sequence():
    return np.random.RandomState(0).randn(2, 20, 4, 3).astype(np.float32)


def loop_repair(keypoint):
    repaired = keypoint.copy()
    for person in range(keypoint.shape[0]):
        for joint in range(keypoint.shape[2]):
            track = keypoint[person, :, joint]
            missing = ~np.isfinite(track).all(axis=-1)
            known = np.flatnonzero(~missing & (track != 0).any(axis=-1))
            for frame in np.flatnonzero(missing):
                for coordinate in range(keypoint.shape[3]):
                    repaired[person, frame, joint, coordinate] = (
                        np.interp(frame, known, track[known, coordinate]) if known.size else 0
                    )
    return repaired


def test_equals_loop():
    keypoint = sequence()
    keypoint[0, 3, 1, 0] = np.nan  # one coordinate, one frame
    keypoint[0, 7:11, 2] = np.inf  # several frames
    keypoint[0, :4, 3] = np.nan  # no frame before
    keypoint[0, 15:, 3, 1] = -np.inf  # no frame after
    keypoint[1, :, 0, 2] = np.nan  # never finite
    keypoint[1, 12:] = 0  # the person leaves
    keypoint[1, 11, 1] = np.nan  # not interpolated towards the zeros after it
    keypoint[1, 14, 2] = np.nan
    expected = loop_repair(keypoint)
    repaired = RepairCoordinates()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_allclose(repaired, expected, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(repaired[1, 11, 1], keypoint[1, 10, 1])
    assert not repaired[1, :, 0].any()


def test_finite_samples_are_unchanged():
    keypoint = sequence()
    assert RepairCoordinates()(dict(keypoint=keypoint))['keypoint'] is keypoint


@pytest.mark.parametrize('num_frames', [1, 5])
def test_joints_without_finite_frames_become_zero(num_frames):
    keypoint = np.full((1, num_frames, 4, 2), np.nan, np.float32)
    repaired = RepairCoordinates()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_array_equal(repaired, np.zeros_like(keypoint))


def test_nan_and_infinite_scores_become_zero():
    score = np.float32([[[1, np.nan, 0.5, np.inf]]])
    results = RepairCoordinates()(dict(keypoint=sequence()[:1, :1], keypoint_score=score))
    np.testing.assert_array_equal(results['keypoint_score'], np.float32([[[1, 0, 0.5, 0]]]))


def test_repr():
    assert repr(RepairCoordinates()) == 'RepairCoordinates()'
