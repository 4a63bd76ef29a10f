"""RandomRotate3D against recorded numbers."""

from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import RandomRotate3D
from mamp_plugin.datasets.transforms.augment import rotate

RECORDED = np.load(Path(__file__).parents[1] / 'data' / 'mamp_feeder.npz')


def sequence(shape=(2, 7, 4, 3)):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def test_rotation_equals_recorded():
    keypoint, expected = (RECORDED[f'rot/{name}'].transpose(3, 1, 2, 0) for name in ('in', 'out'))
    np.testing.assert_allclose(rotate(keypoint, RECORDED['rot/angles']), expected, rtol=0, atol=1e-6)


def test_one_rotation_for_every_joint_and_absent_ones_stay():
    keypoint = sequence()
    keypoint[1, 2:] = 0
    np.random.seed(5)
    angles = np.random.uniform(-0.3, 0.3, size=3)
    np.random.seed(5)
    rotated = RandomRotate3D()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_array_equal(rotated, rotate(keypoint, angles))
    np.testing.assert_allclose(np.linalg.norm(rotated, axis=-1), np.linalg.norm(keypoint, axis=-1), rtol=1e-5)
    assert not rotated[1, 2:].any()
    assert rotated.dtype == np.float32


def test_angle_bounds_the_draw():
    keypoint = sequence()
    np.testing.assert_allclose(RandomRotate3D(0)(dict(keypoint=keypoint))['keypoint'], keypoint, rtol=1e-6)
    with pytest.raises(ValueError, match='angle must not be negative, got -1'):
        RandomRotate3D(-1)


def test_2d_is_refused():
    with pytest.raises(ValueError, match="needs 3 coordinates per joint, but sample 'S1' has 2"):
        RandomRotate3D()(dict(keypoint=sequence((1, 3, 17, 2)), frame_dir='S1'))


def test_repr():
    assert repr(RandomRotate3D(0.5)) == 'RandomRotate3D(angle=0.5)'
