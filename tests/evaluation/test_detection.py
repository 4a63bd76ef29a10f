"""Matching and average precision against hand-computed cases, a plain loop and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mamp_plugin.evaluation import Detections, average_precision, detection_precision, match_detections


def found(*rows):
    """Build detections from rows of label, start, end, score."""
    return Detections(*(np.array(values) for values in zip(*rows))) if rows else Detections(*np.zeros((4, 0)))


def truth(*rows):
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


class TestMatching:
    def test_highest_score_is_matched_first(self):
        detections = found((0, 0, 10, 0.5), (0, 1, 9, 0.9), (0, 0, 10, 0.7))
        assert match_detections(detections, truth((0, 0, 10)), [0.5]).tolist() == [[False, True, False]]

    def test_matched_segments_are_not_matched_again(self):
        detections = found((0, 0, 10, 0.9), (0, 1, 10, 0.8))
        truths = truth((0, 0, 10), (0, 4, 12))
        # the second overlaps the first truth by 9/10, which is matched already, and the other by 6/11
        assert match_detections(detections, truths, [0.5, 0.6]).tolist() == [[True, True], [True, False]]

    def test_iou_equal_to_the_threshold_matches(self):
        detections = found((0, 0, 10, 0.9))
        for tenths in range(1, 11):
            overlaps = match_detections(detections, truth((0, 0, tenths)), [tenths / 10, tenths / 10 + 1e-6])
            assert overlaps.tolist() == [[True], [False]]

    def test_other_actions_do_not_match(self):
        assert not match_detections(found((1, 0, 10, 0.9)), truth((0, 0, 10)), [0.1]).any()

    def test_earlier_start_wins_equal_scores(self):
        detections = found((0, 2, 10, 0.9), (0, 0, 10, 0.9))
        assert match_detections(detections, truth((0, 0, 10)), [0.5]).tolist() == [[False, True]]

    def test_no_detections_or_no_ground_truth(self):
        assert match_detections(found(), truth((0, 0, 10)), [0.1, 0.5]).shape == (2, 0)
        assert match_detections(found((0, 0, 10, 0.9)), truth(), [0.1, 0.5]).tolist() == [[False], [False]]


def loop_average_precision(scores, hits, num_truths):
    total, recall_before = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        kept = [hit for score, hit in zip(scores, hits) if score >= threshold]
        recall = sum(kept) / num_truths
        total += (recall - recall_before) * sum(kept) / len(kept)
        recall_before = recall
    return total


class TestAveragePrecision:
    def test_hand_computed(self):
        hits = np.array([[True, False, True, False], [False, False, False, True]])
        scores = np.array([0.9, 0.8, 0.7, 0.6])
        # true positives at ranks 1 and 3 of 4 segments: (1/1 + 2/3) / 4; at rank 4: (1/4) / 4
        np.testing.assert_allclose(average_precision(scores, hits, 4), [(1 + 2 / 3) / 4, 1 / 16])

    def test_equal_scores_are_one_threshold(self):
        scores, hits = np.array([0.5, 0.5, 0.5, 0.9]), np.array([[True, False, False, True]])
        expected = (1 / 1 + 2 / 4) / 2
        for order in ([0, 1, 2, 3], [2, 1, 0, 3], [3, 1, 0, 2]):
            np.testing.assert_allclose(average_precision(scores[order], hits[:, order], 2), expected)

    def test_nothing_found(self):
        assert average_precision(np.zeros(0), np.zeros((2, 0), dtype=bool), 3).tolist() == [0, 0]

    @pytest.mark.parametrize('digits', [1, 6])
    def test_equals_scikit_learn_at_full_recall(self, digits):
        rng = np.random.RandomState(digits)
        for _ in range(20):
            scores, hits = rng.rand(40).round(digits), rng.rand(1, 40) < 0.3
            expected = average_precision_score(hits[0], scores)
            np.testing.assert_allclose(average_precision(scores, hits, hits.sum()), [expected])

    def test_equals_plain_loop_below_full_recall(self):
        rng = np.random.RandomState(0)
        for _ in range(20):
            scores, hits = rng.rand(30).round(1), rng.rand(3, 30) < 0.4
            expected = [loop_average_precision(scores, row, 25) for row in hits]
            np.testing.assert_allclose(average_precision(scores, hits, 25), expected)


class TestMeans:
    def test_hand_computed(self):
        detections = [
            found((0, 0, 10, 0.9), (1, 20, 30, 0.8)),
            found((0, 0, 10, 0.95), (1, 0, 10, 0.3)),
        ]
        truths = [truth((0, 0, 10), (1, 20, 30)), truth((1, 0, 10))]
        by_action, by_video = detection_precision(detections, truths, [0.5])
        # action 0: false, then true positive: 1/2; action 1: both true: 1
        np.testing.assert_allclose(by_action, [(0.5 + 1) / 2])
        # first video: both true: 1; second: false, then true positive: 1/2
        np.testing.assert_allclose(by_video, [(1 + 0.5) / 2])

    def test_video_without_actions(self):
        detections = [found((0, 0, 10, 0.5)), found((0, 0, 10, 0.9), (7, 0, 10, 0.9))]
        by_action, by_video = detection_precision(detections, [truth((0, 0, 10)), truth()], [0.5])
        assert by_action == pytest.approx([0.5])  # detections there are false positives; action 7 has no ground truth
        assert by_video == pytest.approx([1])

    def test_nothing_found(self):
        by_action, by_video = detection_precision([found(), found()], [truth((0, 0, 9)), truth((1, 0, 9))], [0.1, 0.9])
        assert by_action.tolist() == by_video.tolist() == [0, 0]

    def test_single_action(self):
        detections, truths = [found((3, 0, 10, 0.9))], [truth((3, 0, 5), (3, 20, 30))]
        by_action, by_video = detection_precision(detections, truths, [0.1, 0.5, 0.7])
        assert by_action.tolist() == by_video.tolist() == [0.5, 0.5, 0]

    def test_perfect(self):
        truths = [truth((0, 0, 10), (1, 10, 30), (0, 40, 50))]
        detections = [Detections(*truths[0].T, np.array([0.2, 0.9, 0.4]))]
        by_action, by_video = detection_precision(detections, truths, [0.1, 1.0])
        assert by_action.tolist() == by_video.tolist() == [1, 1]

    def test_order_of_videos_and_segments_changes_nothing(self):
        rng = np.random.RandomState(0)
        detections, truths = [], []
        for _ in range(6):
            starts = rng.randint(0, 200, 30)
            ends, labels = starts + rng.randint(5, 40, 30), rng.randint(0, 4, 30)
            truths.append(np.stack((labels, starts, ends), axis=1)[:10])
            detections.append(Detections(labels, starts + rng.randint(-4, 5, 30), ends, rng.rand(30).round(1)))
        expected = detection_precision(detections, truths, [0.3, 0.7])
        assert 0 < expected[0].min() < expected[0].max() < 1
        order = rng.permutation(30)
        shuffled = [Detections(*(values[order] for values in one)) for one in detections[::-1]]
        turned = [one[::-1] for one in truths[::-1]]
        np.testing.assert_allclose(detection_precision(shuffled, turned, [0.3, 0.7]), expected)

    def test_no_ground_truth_at_all(self):
        with pytest.raises(ValueError, match='no video has ground-truth segments'):
            detection_precision([found((0, 0, 10, 0.5))], [truth()], [0.5])
