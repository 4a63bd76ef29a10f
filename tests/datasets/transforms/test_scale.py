"""ScaleSkeleton: the torso has a fixed length. NormalizeImage2D: the image has a fixed size."""

import numpy as np
import pytest
from mmaction.datasets.transforms import PreNormalize2D

from mamp_plugin.datasets.transforms import CenterSkeleton, NormalizeImage2D, ScaleSkeleton
from mamp_plugin.datasets.transforms.alignment import torso_of
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


# ---- 2D, where single joints are lost ------------------------------------------------------------------------------

SHOULDERS, HIPS = [5, 6], [11, 12]


def upright(num_frames=5):
    """A body of COCO joints at one place: shoulders 70 pixels apart, 100 pixels above the hips."""
    keypoint = np.full((1, num_frames, 17, 2), 400, np.float32)
    keypoint[..., SHOULDERS, :] = [[435, 300], [365, 300]]
    return keypoint


@pytest.mark.parametrize('lost', ['zero', 'score'])
def test_frames_with_a_lost_hip_do_not_count(lost):
    keypoint, score = upright(), np.ones((1, 5, 17), np.float32)
    keypoint[0, :3, HIPS[0]] = 0 if lost == 'zero' else 2000
    score[0, :3, HIPS[0]] = 0
    sample = dict(keypoint=keypoint, layout='coco')
    result = ScaleSkeleton()(sample if lost == 'zero' else dict(sample, keypoint_score=score))['keypoint']
    np.testing.assert_allclose(result, keypoint / 200, rtol=1e-6)


def test_shoulders_measure_where_hips_are_never_seen():
    keypoint = upright()
    keypoint[..., HIPS, :] = 0
    np.testing.assert_allclose(scaled(keypoint, 'coco'), keypoint / 200, rtol=1e-6)
    keypoint[..., SHOULDERS, :] = 0
    assert scaled(keypoint, 'coco') is keypoint


# ---- by the image --------------------------------------------------------------------------------------------------


def test_image_normalization_is_that_of_mmaction2_where_joints_are_known():
    keypoint = np.random.RandomState(0).uniform(1, 300, (2, 5, 17, 2)).astype(np.float32)
    sample = dict(keypoint=keypoint, img_shape=(240, 320))
    expected = PreNormalize2D()(dict(sample, keypoint=keypoint.copy()))['keypoint']
    np.testing.assert_allclose(NormalizeImage2D()(dict(sample))['keypoint'], expected, atol=1e-6)


def test_what_is_missing_stays_zero():
    keypoint = np.random.RandomState(0).uniform(1, 300, (2, 5, 17, 2)).astype(np.float16)
    score = np.ones((2, 5, 17), np.float16)
    keypoint[0, 1, 3] = keypoint[1, 2:] = score[0, 4, 4] = 0
    result = NormalizeImage2D((240, 320))(dict(keypoint=keypoint, keypoint_score=score))['keypoint']
    missing = ~result.any(axis=-1)
    assert missing[0, 1, 3] and missing[0, 4, 4] and missing[1, 2:].all() and missing.sum() == 2 + 3 * 17
    assert result.dtype == np.float32 and keypoint[0, 0, 0, 0] > 1


def test_the_image_size_is_not_guessed():
    with pytest.raises(KeyError, match="sample 'S1' has no 'img_shape'; set img_shape="):
        NormalizeImage2D()(dict(keypoint=upright(), frame_dir='S1'))
    with pytest.raises(ValueError, match="NormalizeImage2D takes 2 coordinates, but sample 'S1' has 3"):
        NormalizeImage2D()(dict(keypoint=np.zeros((1, 2, 25, 3)), frame_dir='S1'))
