"""CropResizeFrames against recorded numbers, PyTorch's interpolation and edge cases."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mamp_plugin.datasets.transforms import CropResizeFrames

# Recorded from the released MAMP loader; of the joints only the first five are kept here.
RECORDED = np.load(Path(__file__).parents[2] / 'data' / 'mamp_feeder.npz')
CASES = sorted(int(name.split('/')[0]) for name in RECORDED if name.endswith('/draw'))


def recorded(case, name):
    """Return a recorded array, transposed from (C, T, V, M) to (M, T, V, C)."""
    return np.ascontiguousarray(RECORDED[f'{case}/{name}'].transpose(3, 1, 2, 0))


def sequence(num_frames, num_persons=2, seed=0):
    return np.random.RandomState(seed).randn(num_persons, num_frames, 4, 3).astype(np.float32)


@pytest.mark.parametrize('case', CASES)
def test_center_crop_equals_recorded(case):
    expected = recorded(case, 'center')
    results = CropResizeFrames(expected.shape[1], (0.95,))(dict(keypoint=recorded(case, 'keypoint')))
    np.testing.assert_allclose(results['keypoint'], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize('case', CASES)
def test_random_crop_equals_recorded(case):
    keypoint, expected = recorded(case, 'keypoint'), recorded(case, 'random')
    proportion, length, begin = RECORDED[f'{case}/draw']
    crop = CropResizeFrames(expected.shape[1])
    assert crop.crop_length(keypoint.shape[1], proportion) == length
    cropped = crop.resample(keypoint, int(begin), int(length))
    np.testing.assert_allclose(cropped, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize('case', CASES)
def test_draws_in_the_recorded_order(case):
    """The recording was made with the case as NumPy's seed."""
    expected = recorded(case, 'random')
    np.random.seed(case)
    results = CropResizeFrames(expected.shape[1])(dict(keypoint=recorded(case, 'keypoint')))
    np.testing.assert_allclose(results['keypoint'], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize('length', [1, 2, 3, 63, 64, 65, 119, 120, 121, 300, 731])
@pytest.mark.parametrize('window', [1, 64, 120])
def test_resample_equals_interpolate(length, window):
    values = sequence(length + 5)
    rows = torch.from_numpy(values[:, 3 : 3 + length]).permute(0, 2, 3, 1).flatten(1, 2)
    expected = F.interpolate(rows, size=window, mode='linear', align_corners=False)
    expected = expected.unflatten(1, (4, 3)).permute(0, 3, 1, 2).numpy()
    resampled = CropResizeFrames(window).resample(values, 3, length)
    # On processors without fused multiply-add, PyTorch rounds the positions once more.
    np.testing.assert_allclose(resampled, expected, rtol=0, atol=1e-6 + 3e-7 * length)


def test_draws_stay_inside_and_reach_both_ends():
    crop = CropResizeFrames(32, (0.5, 1), min_frames=10)
    np.random.seed(0)
    draws = np.array([crop.draw(40) for _ in range(2000)])
    begin, length = draws.T
    assert length.min() == 20 and length.max() == 39
    assert begin.min() == 0 and (begin + length).max() == 40
    assert crop.draw(7) == (0, 7)
    assert CropResizeFrames(32, (0.1, 0.1), min_frames=10).draw(40)[1] == 10


def test_draws_follow_the_seed():
    crop = CropResizeFrames(16, min_frames=4)
    keypoint = sequence(50)

    def draw(seed):
        np.random.seed(seed)
        return crop(dict(keypoint=keypoint))['keypoint']

    assert np.array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1), draw(2))


@pytest.mark.parametrize('empty', [slice(40, 50), slice(0, 10), slice(20, 30)])
def test_frames_without_persons_shorten_the_sequence(empty):
    """The first 40 stored frames are the sequence, wherever the 10 empty frames are."""
    keypoint = sequence(50)
    keypoint[:, empty] = 0
    keypoint[0, :5] = 0  # person 1 is present
    keypoint[1, 45:] = 0  # person 0 is present
    keypoint[:, 12, -1, -1] = 0  # one zero does not make a frame empty
    results = CropResizeFrames(40, (1.0,))(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], keypoint[:, :40])


def test_sets_total_frames_and_carries_the_score():
    keypoint = sequence(90)
    score = keypoint[..., 0].copy()
    np.random.seed(3)
    results = CropResizeFrames(24)(dict(keypoint=keypoint, keypoint_score=score, total_frames=90))
    assert results['total_frames'] == 24
    assert results['keypoint'].shape == (2, 24, 4, 3)
    np.testing.assert_array_equal(results['keypoint_score'], results['keypoint'][..., 0])


def test_score_of_another_length_is_rejected():
    sample = dict(keypoint=sequence(9), keypoint_score=np.ones((2, 8, 4), np.float32), frame_dir='S7')
    with pytest.raises(ValueError, match=r"sample 'S7': keypoint_score has shape \(2, 8, 4\)"):
        CropResizeFrames(4)(sample)


@pytest.mark.parametrize('proportion', [(0.5, 1), (0.95,)])
@pytest.mark.parametrize('shape', [(2, 30, 4, 3), (2, 0, 4, 3), (0, 30, 4, 3)])
def test_without_persons_all_is_zero(proportion, shape):
    results = CropResizeFrames(12, proportion)(dict(keypoint=np.zeros(shape, np.float32)))
    np.testing.assert_array_equal(results['keypoint'], np.zeros((shape[0], 12) + shape[2:]))


@pytest.mark.parametrize('proportion', [(0.5, 1), (0.95,), (0.01,)])
def test_one_frame_is_repeated(proportion):
    keypoint = sequence(1)
    results = CropResizeFrames(6, proportion)(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], np.repeat(keypoint, 6, axis=1))


@pytest.mark.parametrize('proportion', [(), (0, 1), (0.9, 0.5), (0.5, 1.1), (0.1, 0.2, 0.3)])
def test_bad_proportion_is_rejected(proportion):
    with pytest.raises(ValueError, match='proportion must be'):
        CropResizeFrames(8, proportion)


def test_bad_lengths_are_rejected():
    with pytest.raises(ValueError, match='window must be at least 1 frame, got 0'):
        CropResizeFrames(0)
    with pytest.raises(ValueError, match='min_frames must be at least 1, got 0'):
        CropResizeFrames(8, min_frames=0)


def test_repr():
    assert repr(CropResizeFrames(120, [0.5, 1])) == 'CropResizeFrames(window=120, proportion=(0.5, 1), min_frames=64)'
