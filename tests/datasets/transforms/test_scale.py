"""ScaleSkeleton: the torso has a fixed length."""

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import CenterSkeleton, ScaleSkeleton
from mamp_plugin.datasets.transforms.scale import torso_of
from mamp_plugin.skeletons import SkeletonLayout, get_layout


def torso_lengths(keypoint, joints):
    """Distance from the middle of the hips to that of the shoulders, ``(M, T)``."""
    left_hip, right_hip, left, right = (
        keypoint[:, :, joints.index(name)] for name in ('left_hip', 'right_hip', 'left_shoulder', 'right_shoulder')
    )
    return np.linalg.norm((left + right) / 2 - (left_hip + right_hip) / 2, axis=-1)


def scaled(keypoint, layout, **kwargs):
    return ScaleSkeleton(**kwargs)(dict(keypoint=keypoint, layout=layout))['keypoint']


@pytest.mark.parametrize('layout', ['nturgb+d', 'kinect_v1', 'sbu', 'coco'])
def test_the_median_torso_has_the_length(layout):
    layout = get_layout(layout)
    keypoint = np.random.RandomState(0).randn(2, 9, layout.num_joints, layout.dims).astype(np.float32)
    keypoint[1, 4:] = 0
    result = scaled(keypoint, layout.name, torso=2)
    lengths = torso_lengths(result, layout.joints)
    assert np.median(np.concatenate([lengths[0], lengths[1, :4]])) == pytest.approx(2, rel=1e-5)
    np.testing.assert_allclose(result, keypoint * (result[0, 0, 0, 0] / keypoint[0, 0, 0, 0]), rtol=1e-5)
    assert not result[1, 4:].any()


def test_units_do_not_matter_nor_does_the_order_of_centering():
    keypoint = np.random.RandomState(0).randn(1, 5, 15, 3).astype(np.float32)
    np.testing.assert_allclose(scaled(1000 * keypoint, 'sbu'), scaled(keypoint, 'sbu'), rtol=1e-5)
    center = CenterSkeleton('sbu')
    before = scaled(center(dict(keypoint=keypoint))['keypoint'], 'sbu')
    after = center(dict(keypoint=scaled(keypoint, 'sbu')))['keypoint']
    np.testing.assert_allclose(before, after, atol=1e-5)


def test_sequences_without_a_torso_stay_as_they_are():
    still = np.zeros((2, 5, 15, 3), np.float32)
    assert scaled(still, 'sbu') is still
    still[:, :, 0] = 1  # a head alone
    assert scaled(still, 'sbu') is still


@pytest.mark.parametrize('torso', [0, -1, float('nan')])
def test_wrong_length(torso):
    with pytest.raises(ValueError, match='torso must be a length above 0'):
        ScaleSkeleton(torso=torso)


def test_layouts_without_hips_or_shoulders_have_a_spine():
    joints = ('neck', 'spine')
    layout = SkeletonLayout('own', joints, (0, 0), center=0, spine=((1,), (0,)), shoulders=((1,), (0,)))
    assert torso_of(layout) == layout.spine and torso_of(get_layout('sbu')) == ((9, 12), (3, 6))
