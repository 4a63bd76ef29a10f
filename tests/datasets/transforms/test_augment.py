"""RandomRotate3D against recorded numbers, RandomShear3D and CorruptJoints against loops."""

from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.datasets.transforms import CorruptJoints, RandomRotate3D, RandomShear3D
from mamp_plugin.datasets.transforms.augment import corrupt, rotate, shear
from mamp_plugin.skeletons import LAYOUTS, get_layout

RECORDED = np.load(Path(__file__).parents[2] / 'data' / 'mamp_feeder.npz')


def sequence(shape=(2, 7, 4, 3)):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def test_rotation_equals_recorded():
    keypoint, expected = (RECORDED[f'rot/{name}'].transpose(3, 1, 2, 0) for name in ('in', 'out'))
    np.testing.assert_allclose(rotate(keypoint, RECORDED['rot/angles']), expected, rtol=0, atol=1e-6)


def test_all_joints_share_the_rotation_and_absent_ones_stay_zero():
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


def test_2d_turns_in_the_image_plane_by_one_angle():
    keypoint = sequence((2, 3, 17, 2))
    keypoint[1, 2:] = 0
    score = np.full((2, 3, 17), 0.5, np.float32)
    np.random.seed(5)
    (angle,) = np.random.uniform(-0.3, 0.3, size=1)
    np.random.seed(5)
    results = RandomRotate3D()(dict(keypoint=keypoint, keypoint_score=score, layout='coco'))
    turned = (keypoint[..., 0] + 1j * keypoint[..., 1]) * np.exp(-1j * angle)
    np.testing.assert_allclose(results['keypoint'], np.stack([turned.real, turned.imag], axis=-1), atol=1e-6)
    assert results['keypoint'].dtype == np.float32 and (results['keypoint_score'] == 0.5).all()


@pytest.mark.parametrize('transform', [RandomRotate3D(), RandomShear3D()])
def test_a_score_is_no_coordinate(transform):
    with pytest.raises(ValueError, match="sample 'S1' has 17 joints with 3 coordinates, but layout 'coco' has 17 with"):
        transform(dict(keypoint=sequence((1, 3, 17, 3)), frame_dir='S1', layout='coco'))
    with pytest.raises(ValueError, match="needs 2 or 3 coordinates per joint, but sample 'S1' has 6; put it in front"):
        transform(dict(keypoint=sequence((1, 3, 17, 6)), frame_dir='S1'))


# ---- shear ---------------------------------------------------------------------------------------------------------


def test_shear_is_a_matrix_times_every_joint():
    keypoint, shares = sequence(), np.array([0.5, -1, 0.25, 0.75, -0.5, 1])
    matrix = np.array([[1, 0.5, -1], [0.25, 1, 0.75], [-0.5, 1, 1]])
    expected = np.empty_like(keypoint)
    for index in np.ndindex(keypoint.shape[:3]):
        expected[index] = matrix @ keypoint[index]
    sheared = shear(keypoint, shares)
    np.testing.assert_allclose(sheared, expected, rtol=0, atol=1e-6)
    assert sheared.dtype == np.float32


def test_all_joints_share_the_shear_and_absent_ones_stay_zero():
    keypoint = sequence()
    keypoint[1, 2:] = 0
    np.random.seed(5)
    shares = np.random.uniform(-1, 1, size=6)
    np.random.seed(5)
    sheared = RandomShear3D()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_array_equal(sheared, shear(keypoint, shares))
    assert not sheared[1, 2:].any()


def test_2d_shear_takes_two_shares():
    keypoint = sequence((1, 3, 17, 2))
    np.random.seed(5)
    in_x, in_y = np.random.uniform(-1, 1, size=2)
    np.random.seed(5)
    sheared = RandomShear3D()(dict(keypoint=keypoint))['keypoint']
    np.testing.assert_allclose(sheared[..., 0], keypoint[..., 0] + in_x * keypoint[..., 1], atol=1e-6)
    np.testing.assert_allclose(sheared[..., 1], keypoint[..., 1] + in_y * keypoint[..., 0], atol=1e-6)


def test_amount_bounds_the_draw():
    keypoint = sequence()
    np.testing.assert_array_equal(RandomShear3D(0)(dict(keypoint=keypoint))['keypoint'], keypoint)
    moved = [RandomShear3D(0.5)(dict(keypoint=np.eye(3)[None, None]))['keypoint'] - np.eye(3) for _ in range(50)]
    assert 0.45 < np.abs(moved).max() <= 0.5
    with pytest.raises(ValueError, match='amount must not be negative, got -1'):
        RandomShear3D(-1)


# ---- corrupted joints ----------------------------------------------------------------------------------------------


def loop_corrupt(keypoint, joints, matrix):
    corrupted = keypoint.copy()
    for index in np.ndindex(keypoint.shape[:3]):
        if index[2] in joints:
            corrupted[index] = keypoint[index] @ matrix
    return corrupted


@pytest.mark.parametrize(
    ('layout', 'count'), [('nturgb+d', 15), ('kinect_v1', 12), ('sbu', 9), ('coco', 10), ('openpose', 11)]
)
def test_corrupted_joints_of_every_layout(layout, count):
    keypoint = sequence((2, 7, LAYOUTS[layout].num_joints, LAYOUTS[layout].dims))
    transform = CorruptJoints(layout)
    matrices = []
    for seed in range(8):
        np.random.seed(seed)
        joints, matrix = transform.draw(*keypoint.shape[2:])
        assert len(set(joints.tolist())) == len(joints) == count
        np.random.seed(seed)
        corrupted = transform(dict(keypoint=keypoint))['keypoint']
        np.testing.assert_allclose(corrupted, loop_corrupt(keypoint, joints, matrix), rtol=0, atol=1e-6)
        untouched = np.delete(np.arange(keypoint.shape[2]), joints)
        np.testing.assert_array_equal(corrupted[:, :, untouched], keypoint[:, :, untouched])
        assert corrupted.dtype == np.float32
        matrices.append(matrix)
    assert 0 < sum(matrix.any() for matrix in matrices) < len(matrices)
    assert np.abs(matrices).max() <= 1


def test_probability_of_zero():
    draws = {prob: [CorruptJoints(zero_prob=prob).draw(25, 3)[1].any() for _ in range(100)] for prob in (0, 0.2, 1)}
    assert all(draws[0]) and not any(draws[1])
    assert 65 < sum(draws[0.2]) < 95


def test_share_of_joints():
    keypoint = sequence((1, 3, 25, 3))
    np.testing.assert_array_equal(CorruptJoints('nturgb+d', share=0)(dict(keypoint=keypoint))['keypoint'], keypoint)
    assert not CorruptJoints('nturgb+d', share=1, zero_prob=1)(dict(keypoint=keypoint))['keypoint'].any()


def test_zeroed_joints_lose_their_scores():
    layout = get_layout('coco')
    sample = dict(keypoint=sequence((1, 3, layout.num_joints, 2)), keypoint_score=np.ones((1, 3, layout.num_joints)))
    zeroed = CorruptJoints('coco', zero_prob=1)(dict(sample))
    np.testing.assert_array_equal(zeroed['keypoint_score'] == 0, (zeroed['keypoint'] == 0).all(axis=-1))
    assert zeroed['keypoint_score'].sum() == 3 * 7
    assert CorruptJoints('coco', zero_prob=0)(dict(sample))['keypoint_score'].all()
    assert sample['keypoint_score'].all()


def test_bad_probabilities_are_rejected():
    with pytest.raises(ValueError, match=r'share and zero_prob must lie in \[0, 1\], got 1.5 and 0.5'):
        CorruptJoints(share=1.5)


def test_corrupt_by_hand():
    keypoint = sequence((1, 2, 3, 3))
    corrupted = corrupt(keypoint, [1], 2 * np.eye(3))
    np.testing.assert_array_equal(corrupted[:, :, 1], 2 * keypoint[:, :, 1])
    np.testing.assert_array_equal(corrupted[:, :, ::2], keypoint[:, :, ::2])


def test_repr():
    assert repr(RandomRotate3D(0.5)) == 'RandomRotate3D(angle=0.5)'
    assert repr(RandomShear3D(0.5)) == 'RandomShear3D(amount=0.5)'
    assert repr(CorruptJoints('sbu')) == "CorruptJoints(layout='sbu', share=0.6, zero_prob=0.5)"
