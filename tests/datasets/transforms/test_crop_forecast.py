"""CropForecastFrames on sequences of numbered frames."""

import numpy as np
import pytest
from mmaction.datasets.transforms import FormatGCNInput
from mmengine.dataset import Compose

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.transforms import CropForecastFrames


def numbered(num_frames, persons=1):
    """Return a sequence with t + 1 everywhere in frame t."""
    frames = np.arange(1, num_frames + 1, dtype=np.float32)
    return np.broadcast_to(frames[:, None, None], (persons, num_frames, 4, 3)).copy()


def numbers(results):
    """Return the numbers of the frames in a result, of the first person."""
    return results['keypoint'][0, :, 0, 0].astype(int).tolist()


def test_middle():
    crop = CropForecastFrames(history=3, horizon=2, place='middle')
    assert numbers(crop(dict(keypoint=numbered(9)))) == [3, 4, 5, 6, 7]
    assert numbers(crop(dict(keypoint=numbered(8)))) == [2, 3, 4, 5, 6]
    assert numbers(crop(dict(keypoint=numbered(5)))) == [1, 2, 3, 4, 5]


def test_random_crops_reach_both_ends_and_follow_the_seed():
    crop = CropForecastFrames(history=3, horizon=2)
    np.random.seed(0)
    cuts = [numbers(crop(dict(keypoint=numbered(9)))) for _ in range(200)]
    assert all(cut == list(range(cut[0], cut[0] + 5)) for cut in cuts)
    assert {cut[0] for cut in cuts} == {1, 2, 3, 4, 5}
    np.random.seed(0)
    assert numbers(crop(dict(keypoint=numbered(9)))) == cuts[0]


@pytest.mark.parametrize('place', ['random', 'middle'])
def test_a_short_sequence_repeats_its_first_frame(place):
    crop = CropForecastFrames(history=3, horizon=2, place=place)
    assert numbers(crop(dict(keypoint=numbered(4)))) == [1, 1, 2, 3, 4]
    assert numbers(crop(dict(keypoint=numbered(3)))) == [1, 1, 1, 2, 3]


def test_too_short_is_skipped_in_training_and_empty_in_testing():
    keypoint = numbered(2, persons=2)
    assert CropForecastFrames(3, 2)(dict(keypoint=keypoint)) is None
    score = keypoint[..., 0].copy()
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint, keypoint_score=score))
    np.testing.assert_array_equal(results['keypoint'], np.zeros((2, 5, 4, 3)))
    np.testing.assert_array_equal(results['keypoint_score'], np.zeros((2, 5, 4)))
    assert results['total_frames'] == 5


@pytest.mark.parametrize('shape', [(2, 30, 4, 3), (2, 0, 4, 3), (0, 30, 4, 3)])
def test_without_persons_it_is_too_short(shape):
    keypoint = np.zeros(shape, np.float32)
    assert CropForecastFrames(3, 2)(dict(keypoint=keypoint)) is None
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], np.zeros((shape[0], 5) + shape[2:]))


def test_data_set_replaces_a_sequence_that_is_too_short():
    data = SyntheticSkeletonDataset([], num_subjects=1, indices=8)
    lengths = [sample['total_frames'] for sample in data]
    data.pipeline = Compose([CropForecastFrames(1, max(lengths) - 1), FormatGCNInput()])
    assert data[lengths.index(min(lengths))]['keypoint'].shape == (1, 2, max(lengths), 25, 3)


def test_empty_frames_at_both_ends_are_cut():
    keypoint = numbered(12, persons=2)
    keypoint[:, [0, 1, 11]] = 0
    keypoint[0, 2:5] = 0  # person 1 is present
    keypoint[:, 6] = 0  # a gap in between stays
    results = CropForecastFrames(7, 2, 'middle')(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], keypoint[:, 2:11])


def test_absent_persons_stay_absent():
    keypoint = numbered(9, persons=2)
    keypoint[1, 5:] = 0
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint))
    assert results['keypoint'][1].any(axis=(1, 2)).tolist() == [True, True, True, False, False]


def test_score_is_cropped_and_the_sample_unchanged():
    keypoint = numbered(9)
    keypoint.flags.writeable = False
    score = keypoint[..., 0]
    results = CropForecastFrames(3, 2)(dict(keypoint=keypoint, keypoint_score=score, total_frames=9))
    np.testing.assert_array_equal(results['keypoint_score'], results['keypoint'][..., 0])
    assert results['total_frames'] == 5
    results['keypoint'][:] = 0
    assert keypoint.all()


def test_result_is_one_clip():
    pipeline = Compose([CropForecastFrames(3, 2, 'middle'), dict(type='FormatGCNInput', num_person=2)])
    assert pipeline(dict(keypoint=numbered(9)))['keypoint'].shape == (1, 2, 5, 4, 3)


def test_bad_arguments_are_rejected():
    for lengths in ((0, 2), (3, 0)):
        with pytest.raises(ValueError, match='history and horizon must be at least 1 frame'):
            CropForecastFrames(*lengths)
    with pytest.raises(ValueError, match="place must be 'random' or 'middle', got 'end'"):
        CropForecastFrames(3, 2, 'end')


def test_repr():
    assert repr(CropForecastFrames(50, 25)) == "CropForecastFrames(history=50, horizon=25, place='random')"
