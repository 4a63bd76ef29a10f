"""Conversion of frames and segments against hand-computed cases."""

import numpy as np
import pytest

from mamp_plugin.evaluation import find_segments, label_frames, smooth_scores, temporal_iou


def scores_of(labels, probability=0.75, num_classes=2):
    """Return frame probabilities: one for the given class, the rest shared by the others; background is last."""
    scores = np.full((len(labels), num_classes + 1), (1 - probability) / num_classes)
    scores[np.arange(len(labels)), labels] = probability
    return scores


def rows(detections):
    return list(zip(*(values.tolist() for values in detections)))


def test_label_frames():
    segments = np.array([[1, 2, 4], [0, 5, 7], [3, 6, 8]])
    assert label_frames(segments, 8, background=9).tolist() == [9, 9, 1, 1, 9, 0, 3, 3]
    assert label_frames(np.zeros((0, 3), dtype=int), 3, background=9).tolist() == [9, 9, 9]


def test_score_of_a_segment_is_its_mean_probability():
    scores = scores_of([0, 0, 2, 1, 1, 1, 0, 2])
    scores[1] = [0.5, 0.25, 0.25]
    assert rows(find_segments(scores)) == [(0, 0, 2, 0.625), (0, 6, 7, 0.75), (1, 3, 6, 0.75)]


def test_segments_at_both_ends():
    assert rows(find_segments(scores_of([1, 1, 1]))) == [(1, 0, 3, 0.75)]
    assert rows(find_segments(scores_of([0, 2, 1]))) == [(0, 0, 1, 0.75), (1, 2, 3, 0.75)]


def test_background_only():
    found = find_segments(scores_of([2, 2, 2]))
    assert [len(values) for values in found] == [0, 0, 0, 0]


@pytest.mark.parametrize(('max_gap', 'expected'), [(0, [(0, 2), (3, 5), (7, 8)]), (1, [(0, 5), (7, 8)]), (2, [(0, 8)])])
def test_gaps_up_to_max_gap_are_closed(max_gap, expected):
    found = find_segments(scores_of([0, 0, 2, 0, 0, 2, 2, 0]), max_gap=max_gap)
    assert list(zip(found.starts, found.ends)) == expected


def test_gap_of_another_action_counts_in_the_score():
    scores = scores_of([0, 0, 1, 0], probability=0.5)
    assert rows(find_segments(scores, max_gap=1)) == [(0, 0, 4, (3 * 0.5 + 0.25) / 4), (1, 2, 3, 0.5)]
    assert rows(find_segments(scores, max_gap=1, min_frames=2)) == [(0, 0, 4, (3 * 0.5 + 0.25) / 4)]


def test_gaps_are_closed_before_short_segments_are_dropped():
    scores = scores_of([0, 2, 0, 2, 2, 2, 0, 0])
    assert rows(find_segments(scores, max_gap=1, min_frames=3)) == [(0, 0, 3, pytest.approx((1.5 + 0.125) / 3))]


def test_first_class_wins_ties():
    assert rows(find_segments(np.array([[0.25, 0.5, 0.5, 0.0], [0.5, 0.0, 0.0, 0.5]]))) == [
        (0, 1, 2, 0.5),
        (1, 0, 1, 0.5),
    ]


def test_round_trip_to_frame_labels():
    labels = np.random.randint(0, 4, 200)
    found = find_segments(scores_of(labels, num_classes=3))
    segments = np.stack(found[:3], axis=1)
    np.testing.assert_array_equal(label_frames(segments, 200, background=3), labels)


@pytest.mark.parametrize('window', [1, 3, 5, 21])
def test_smoothing_is_a_truncated_moving_average(window):
    scores = np.random.rand(12, 3).astype(np.float32)
    half = window // 2
    expected = [scores[max(t - half, 0) : t + half + 1].mean(axis=0) for t in range(12)]
    np.testing.assert_allclose(smooth_scores(scores, window), expected, rtol=1e-5)


@pytest.mark.parametrize('window', [0, 4])
def test_invalid_smoothing_window(window):
    with pytest.raises(ValueError, match=f'odd number of frames, got {window}'):
        smooth_scores(np.zeros((4, 2)), window)


def test_temporal_iou():
    starts, ends = np.array([0, 5, 20]), np.array([10, 15, 21])
    truths = np.array([[0, 0, 10], [1, 10, 20], [0, 5, 6]])
    expected = [[1, 0, 0.1], [5 / 15, 5 / 15, 0.1], [0, 0, 0]]
    np.testing.assert_allclose(temporal_iou(starts, ends, truths), expected)
