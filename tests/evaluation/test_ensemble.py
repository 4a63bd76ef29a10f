"""Score averaging against hand-computed cases."""

import numpy as np
import pytest

from mamp_plugin.evaluation import Scores, accuracies, align, are_probabilities, average_scores, softmax


def stream(source='joint.npz', names='abc', labels=(0, 1, 1), scores=((0.8, 0.2), (0.6, 0.4), (0.1, 0.9))):
    return Scores(source, np.array(list(names)), np.array(labels), np.array(scores))


class TestAlign:
    def test_samples_get_the_order_of_the_first_stream(self):
        other = stream('bone.npz', 'cab', (1, 0, 1), ((3.0, 3.5), (1.0, 1.5), (2.0, 2.5)))
        labels, (first, second) = align([stream(), other])
        assert labels.tolist() == [0, 1, 1]
        np.testing.assert_array_equal(first, stream().scores)
        np.testing.assert_array_equal(second, [[1, 1.5], [2, 2.5], [3, 3.5]])

    def test_random_orders(self):
        names = np.array([f's{index}' for index in range(40)])
        labels, scores = np.arange(40) % 3, np.random.rand(40, 3)
        whole = Scores('a', names, labels, scores)
        order, again = np.random.permutation(40), np.random.permutation(40)
        shuffled = Scores('b', names[order], labels[order], scores[order])
        other = Scores('c', names[again], labels[again], scores[again])
        for parts in ([whole, shuffled, other], [shuffled, other, whole]):
            aligned_labels, aligned = align(parts)
            np.testing.assert_array_equal(aligned_labels, parts[0].labels)
            for each in aligned:
                np.testing.assert_array_equal(each, parts[0].scores)

    @pytest.mark.parametrize(
        'names, message',
        [
            ('abd', 'bone.npz lacks 1 sample: c, found in joint.npz;'),
            ('ab', 'bone.npz lacks 1 sample: c, found in joint.npz;'),
            ('abcde', 'joint.npz lacks 2 samples: d, e, found in bone.npz;'),
        ],
    )
    def test_missing_samples(self, names, message):
        other = stream('bone.npz', names, [0, 1, 1, 0, 0][: len(names)], np.full((len(names), 2), 0.5))
        with pytest.raises(ValueError, match=message):
            align([stream(), stream(), other])

    def test_many_missing_samples(self):
        with pytest.raises(ValueError, match='8 samples: a, b, c, d, e and 3 more'):
            align([stream(names='abcdefgh', labels=[0] * 8, scores=np.ones((8, 2))), stream(names='x', labels=[0])])

    def test_different_labels(self):
        with pytest.raises(ValueError, match=r'joint.npz and bone.npz disagree .* 1 sample: b \(label 1 and 0 '):
            align([stream(), stream('bone.npz', 'bca', (0, 1, 0))])

    def test_different_number_of_classes(self):
        with pytest.raises(ValueError, match='joint.npz has scores of 2 classes, bone.npz of 3'):
            align([stream(), stream('bone.npz', scores=np.full((3, 3), 1 / 3))])


class TestAverage:
    left = np.array([[0.8, 0.2], [0.6, 0.4]])
    right = np.array([[0.4, 0.6], [0.1, 0.9]])

    def test_hand_computed(self):
        np.testing.assert_allclose(average_scores([self.left, self.right]), [[0.6, 0.4], [0.35, 0.65]])

    def test_weights(self):
        expected = [[0.7, 0.3], [0.475, 0.525]]
        for weights in ([3, 1], [0.75, 0.25]):
            np.testing.assert_allclose(average_scores([self.left, self.right], weights), expected)
        np.testing.assert_array_equal(average_scores([self.left, self.right], [0, 2]), self.right)

    @pytest.mark.parametrize('weights, message', [([1], '1 weights for 2 streams'), ([1, 1, 1], '3 weights for 2')])
    def test_wrong_number_of_weights(self, weights, message):
        with pytest.raises(ValueError, match=message):
            average_scores([self.left, self.right], weights)

    @pytest.mark.parametrize('weights', [[-1, 2], [0, 0], [1, float('nan')]])
    def test_invalid_weights(self, weights):
        with pytest.raises(ValueError, match='weights must be finite, not negative and not all zero'):
            average_scores([self.left, self.right], weights)


def test_softmax_hand_computed_and_without_overflow():
    probabilities = softmax(np.array([[0.0, np.log(3)], [1000.0, 1000.0]]))
    np.testing.assert_allclose(probabilities, [[0.25, 0.75], [0.5, 0.5]])
    assert are_probabilities(probabilities)
    assert not are_probabilities(np.array([[0.5, 0.6]])) and not are_probabilities(np.array([[-0.5, 1.5]]))


def test_accuracies_hand_computed():
    scores = np.eye(7)[[0, 0, 0, 1, 6]] + np.linspace(0, 0.1, 7)  # ties go to higher class indices
    labels = np.array([0, 0, 0, 0, 2])
    found = accuracies(scores, labels)
    assert found['top1'] == pytest.approx(3 / 5)
    assert found['top5'] == pytest.approx(4 / 5)  # 0 is not among 1, 6, 5, 4, 3; 2 is among 6, 5, 4, 3, 2
    assert found['mean1'] == pytest.approx((3 / 4 + 0 + 0 + 0) / 4)  # classes 1 and 6 are only predicted
