"""Labels over time from overlapping windows."""

import numpy as np
import pytest

from mamp_plugin.apis.timeline import Window, average_windows, cut_windows, find_timeline


def test_windows_cover_the_sequence():
    assert list(cut_windows(10, 4, 3)) == [(0, 4), (3, 7), (6, 10)]
    assert list(cut_windows(3, 4, 2)) == [(0, 3)]
    with pytest.raises(ValueError, match='stride must lie between 1 and window=4, .*; got 5'):
        list(cut_windows(10, 4, 5))


def test_scores_are_averaged_where_windows_overlap():
    windows = [Window(0, 2, np.array([1.0, 0])), Window(1, 3, np.array([[0, 1.0], [0, 0.5], [9, 9]]))]
    np.testing.assert_allclose(average_windows(windows, 4, 2), [[1, 0], [0.5, 0.5], [0, 0.5], [0, 0]])


def test_segments_are_in_order_and_empty_frames_have_none():
    scores = np.zeros((9, 3))
    scores[0:3, 1], scores[3:5, 0], scores[7:, 1] = 0.8, 0.6, 0.4
    assert find_timeline(scores) == [
        dict(start=0, end=3, label=1, score=pytest.approx(0.8)),
        dict(start=3, end=5, label=0, score=pytest.approx(0.6)),
        dict(start=7, end=9, label=1, score=pytest.approx(0.4)),
    ]
    assert [each['start'] for each in find_timeline(scores, min_score=0.5)] == [0, 3]
    scores[1, 2] = 0.9
    assert [(each['start'], each['end']) for each in find_timeline(scores, min_frames=2)] == [(3, 5), (7, 9)]
    assert find_timeline(scores, max_gap=1)[0] == dict(start=0, end=3, label=1, score=pytest.approx(0.8))
