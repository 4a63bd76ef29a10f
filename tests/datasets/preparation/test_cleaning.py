import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.cleaning import Cleaning
from mamp_plugin.datasets.preparation.recording import Recording


@pytest.fixture()
def recording():
    """Two persons, four frames, three joints; the second person leaves after two frames."""
    keypoint = np.arange(1, 2 * 4 * 3 * 2 + 1, dtype=np.float32).reshape(2, 4, 3, 2)
    keypoint[1, 2:] = 0
    score = np.full((2, 4, 3), 0.9, np.float32)
    score[0, 1, 2] = 0.1
    return Recording(keypoint, 'coco', score)


def test_nothing_changes_by_default(recording):
    cleaned = Cleaning().clean(recording, 'a.json')
    np.testing.assert_array_equal(cleaned.keypoint, recording.keypoint)
    np.testing.assert_array_equal(cleaned.score, recording.score)


def test_unsure_joints_become_missing_and_are_interpolated(recording):
    missing = Cleaning(min_confidence=0.2).clean(recording, 'a.json')
    assert not missing.keypoint[0, 1, 2].any() and missing.score[0, 1, 2] == 0
    assert missing.keypoint.astype(bool).sum() == recording.keypoint.astype(bool).sum() - 2
    filled = Cleaning(min_confidence=0.2, missing='interpolate').clean(recording, 'a.json')
    np.testing.assert_allclose(filled.keypoint[0, 1, 2], recording.keypoint[0, [0, 2], 2].mean(axis=0))
    assert filled.score[0, 1, 2] == 0 and not filled.keypoint[1, 2:].any()


def test_nan_is_interpolated(recording):
    recording.keypoint[0, 2, 1, 0] = np.nan
    filled = Cleaning(missing='interpolate').clean(recording, 'a.json').keypoint
    np.testing.assert_allclose(filled[0, 2, 1], recording.keypoint[0, [1, 3], 1].mean(axis=0))


def test_persons_seen_most_are_kept_in_their_order(recording):
    recording.keypoint[0, 1:] = 0
    (kept,) = Cleaning(persons=1).clean(recording, 'a.json').keypoint
    np.testing.assert_array_equal(kept, recording.keypoint[1])
    assert len(Cleaning(persons=5).clean(recording, 'a.json').keypoint) == 2


def test_confidences_are_dropped(recording):
    assert Cleaning(scores='drop').clean(recording, 'a.json').score is None
    of_a_3d_layout = recording._replace(layout='mediapipe')
    assert Cleaning().clean(of_a_3d_layout, 'a.json').score is None
    assert Cleaning(scores='keep').clean(of_a_3d_layout, 'a.json').score is not None


def test_bad_settings(recording):
    with pytest.raises(RawDataError, match='a.json has no confidences; leave out the minimum, 0.2'):
        Cleaning(0.2).clean(recording._replace(score=None), 'a.json')
    with pytest.raises(RawDataError, match='expected at least 1 person to keep, found 0'):
        Cleaning(persons=0)
    with pytest.raises(RawDataError, match="expected missing 'leave' or 'interpolate' .* found 'guess' and None"):
        Cleaning(missing='guess')
