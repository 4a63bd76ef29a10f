import numpy as np
import pytest
from mmaction.datasets.transforms import FormatGCNInput
from mmengine.dataset import Compose

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.transforms import CropForecastFrames


def numbered(num_frames, persons=1):
    """Frame t holds the number t + 1 everywhere."""
    frames = np.arange(1, num_frames + 1, dtype=np.float32)
    return np.broadcast_to(frames[:, None, None], (persons, num_frames, 4, 3)).copy()


def numbers(results):
    """The numbers of the frames in a result, of the first person."""
    return results['keypoint'][0, :, 0, 0].astype(int).tolist()


def test_the_middle():
    crop = CropForecastFrames(history=3, horizon=2, place='middle')
    assert numbers(crop(dict(keypoint=numbered(9)))) == [3, 4, 5, 6, 7]
    assert numbers(crop(dict(keypoint=numbered(8)))) == [2, 3, 4, 5, 6]
    assert numbers(crop(dict(keypoint=numbered(5)))) == [1, 2, 3, 4, 5]


def test_a_random_place_reaches_both_ends_and_follows_the_seed():
    crop = CropForecastFrames(history=3, horizon=2)
    np.random.seed(0)
    cuts = [numbers(crop(dict(keypoint=numbered(9)))) for _ in range(200)]
    assert all(cut == list(range(cut[0], cut[0] + 5)) for cut in cuts)
    assert {cut[0] for cut in cuts} == {1, 2, 3, 4, 5}
    np.random.seed(0)
    assert numbers(crop(dict(keypoint=numbered(9)))) == cuts[0]


@pytest.mark.parametrize('place', ['random', 'middle'])
def test_a_short_sequence_begins_with_its_first_frame_repeated(place):
    crop = CropForecastFrames(history=3, horizon=2, place=place)
    assert numbers(crop(dict(keypoint=numbered(4)))) == [1, 1, 2, 3, 4]
    assert numbers(crop(dict(keypoint=numbered(3)))) == [1, 1, 1, 2, 3]


def test_too_short_is_skipped_in_training_and_nobody_in_testing():
    keypoint = numbered(2, persons=2)
    assert CropForecastFrames(3, 2)(dict(keypoint=keypoint)) is None
    score = keypoint[..., 0].copy()
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint, keypoint_score=score))
    np.testing.assert_array_equal(results['keypoint'], np.zeros((2, 5, 4, 3)))
    np.testing.assert_array_equal(results['keypoint_score'], np.zeros((2, 5, 4)))
    assert results['total_frames'] == 5


@pytest.mark.parametrize('shape', [(2, 30, 4, 3), (2, 0, 4, 3), (0, 30, 4, 3)])
def test_nobody_is_too_short(shape):
    keypoint = np.zeros(shape, np.float32)
    assert CropForecastFrames(3, 2)(dict(keypoint=keypoint)) is None
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], np.zeros((shape[0], 5) + shape[2:]))


def test_a_data_set_draws_another_sequence_for_one_that_is_too_short():
    longest = max(len(sample['keypoint'][0]) for sample in SyntheticSkeletonDataset([], num_subjects=1))
    data = SyntheticSkeletonDataset([CropForecastFrames(1, longest - 1), FormatGCNInput()], num_subjects=1)
    assert data[0]['keypoint'].shape == (1, 2, longest, 25, 3)


def test_the_sequence_lies_between_the_first_and_the_last_frame_with_anybody():
    keypoint = numbered(12, persons=2)
    keypoint[:, [0, 1, 11]] = 0
    keypoint[0, 2:5] = 0  # person 1 is there
    keypoint[:, 6] = 0  # a gap in between stays
    results = CropForecastFrames(7, 2, 'middle')(dict(keypoint=keypoint))
    np.testing.assert_array_equal(results['keypoint'], keypoint[:, 2:11])


def test_absent_persons_stay_absent():
    keypoint = numbered(9, persons=2)
    keypoint[1, 5:] = 0
    results = CropForecastFrames(3, 2, 'middle')(dict(keypoint=keypoint))
    assert results['keypoint'][1].any(axis=(1, 2)).tolist() == [True, True, True, False, False]


def test_carries_the_score_and_leaves_the_sample_alone():
    keypoint = numbered(9)
    keypoint.flags.writeable = False
    score = keypoint[..., 0]
    results = CropForecastFrames(3, 2)(dict(keypoint=keypoint, keypoint_score=score, total_frames=9))
    np.testing.assert_array_equal(results['keypoint_score'], results['keypoint'][..., 0])
    assert results['total_frames'] == 5
    results['keypoint'][:] = 0
    assert keypoint.all()


def test_one_clip_for_the_encoder():
    pipeline = Compose([CropForecastFrames(3, 2, 'middle'), dict(type='FormatGCNInput', num_person=2)])
    assert pipeline(dict(keypoint=numbered(9)))['keypoint'].shape == (1, 2, 5, 4, 3)


@pytest.mark.parametrize('lengths', [(0, 2), (3, 0)])
def test_no_frames_are_refused(lengths):
    with pytest.raises(ValueError, match='history and horizon must be at least 1 frame'):
        CropForecastFrames(*lengths)


def test_another_place_is_refused():
    with pytest.raises(ValueError, match="place must be 'random' or 'middle', got 'end'"):
        CropForecastFrames(3, 2, 'end')


def test_repr():
    assert repr(CropForecastFrames(50, 25)) == "CropForecastFrames(history=50, horizon=25, place='random')"
