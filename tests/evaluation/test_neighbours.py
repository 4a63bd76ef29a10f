"""Nearest neighbours against scikit-learn, and against small cases worked out by hand."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from mamp_plugin.evaluation import nearest_neighbours
from mamp_plugin.evaluation.neighbours import NeighbourSearch, _from_keys, _to_keys, vote


def draw(queries=57, gallery=83, width=6, classes=4):
    return torch.randn(queries, width), torch.randn(gallery, width), torch.randint(0, classes, (gallery,))


def scikit(k, weights, gallery, labels):
    classifier = KNeighborsClassifier(k, weights=weights, metric='cosine', algorithm='brute')
    return classifier.fit(gallery.double().numpy(), labels.numpy())


def test_the_nearest_by_angle_decides_not_by_distance():
    gallery = torch.tensor([[1.0, 0.0], [0.0, 9.0]])
    labels = torch.tensor([4, 7])
    features = torch.tensor([[100.0, 1.0], [0.1, 0.2], [-1.0, 0.5]])
    assert nearest_neighbours(features, gallery, labels).tolist() == [4, 7, 7]


@pytest.mark.parametrize('k', [1, 3, 9, 83])
def test_majority_is_that_of_scikit_learn(k):
    features, gallery, labels = draw()
    reference = scikit(k, 'uniform', gallery, labels)
    shares = np.sort(reference.predict_proba(features.double().numpy()), axis=1)
    decided = torch.from_numpy(shares[:, -1] > shares[:, -2])  # scikit-learn gives ties to the lowest label
    expected = torch.from_numpy(reference.predict(features.double().numpy()))
    predicted = nearest_neighbours(features, gallery, labels, k)
    assert decided.sum() > 20
    assert torch.equal(predicted[decided], expected[decided])


@pytest.mark.parametrize('k', [3, 9, 83])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
def test_weighted_votes_are_those_of_scikit_learn(k, temperature):
    features, gallery, labels = draw()
    reference = scikit(k, lambda distance: np.exp((1 - distance) / temperature), gallery, labels)
    predicted = nearest_neighbours(features, gallery, labels, k, weights='temperature', temperature=temperature)
    assert predicted.tolist() == reference.predict(features.double().numpy()).tolist()
    assert predicted.tolist() != nearest_neighbours(features, gallery, labels, 1).tolist()


def test_a_low_temperature_is_the_nearest_neighbour_and_does_not_overflow():
    features, gallery, labels = draw()
    predicted = nearest_neighbours(features, gallery, labels, 50, weights='temperature', temperature=1e-6)
    assert torch.equal(predicted, nearest_neighbours(features, gallery, labels))


def test_chunks_change_nothing():
    features, gallery, labels = draw()
    expected = nearest_neighbours(features, gallery, labels, 5, 'temperature')
    for chunk_size in (1, 7, 83):
        assert torch.equal(nearest_neighbours(features, gallery, labels, 5, 'temperature', 0.07, chunk_size), expected)


def test_one_class_is_always_right_and_labels_may_be_any_numbers():
    features, gallery, _ = draw()
    for label in (0, 119, -1):
        predicted = nearest_neighbours(features, gallery, torch.full((83,), label), 7)
        assert predicted.tolist() == [label] * 57


@pytest.mark.parametrize('weights', ['majority', 'temperature'])
def test_equally_many_votes_go_to_the_class_of_the_nearest(weights):
    labels = torch.tensor([[5, 2, 2, 5, 0], [2, 5, 5, 2, 0], [0, 2, 5, 5, 2]])
    similarities = torch.full((3, 5), 0.5)
    assert vote(labels, similarities, weights).tolist() == [5, 2, 2]


def axes(*numbers):
    return torch.eye(4)[list(numbers)]


@pytest.mark.parametrize('chunk_size', [1, 2, 3, 100])
def test_equally_similar_ones_are_taken_in_their_order(chunk_size):
    gallery = torch.cat(
        [axes(1, 0, 0, 2), -axes(0), axes(0), -axes(3)]
    )  # similarities 1, 0 and -1, and -0.0 among them
    search = NeighbourSearch([axes(0)], 7)
    positions = torch.arange(7)
    for start in reversed(range(0, 7, chunk_size)):
        search.show(gallery[start : start + chunk_size], positions[start : start + chunk_size])
    ((similarities, found),) = search.neighbours()
    assert found.tolist() == [[1, 2, 5, 0, 3, 6, 4]]
    assert similarities.tolist() == [[1, 1, 1, 0, 0, 0, -1]]


def test_zeros_are_equal_whatever_their_sign():
    keys = _to_keys(torch.tensor([[-0.0, 0.0, -1e-30, 1e-30]]), torch.arange(4)).sort(descending=True).values
    similarities, positions = _from_keys(keys)
    assert positions.tolist() == [[3, 0, 1, 2]]
    assert torch.equal(similarities, torch.tensor([[1e-30, 0, 0, -1e-30]]))


def test_similarities_come_back_as_they_were():
    features = torch.nn.functional.normalize(torch.randn(40, 3), dim=1)
    search = NeighbourSearch([features], 40)
    search.show(features, torch.arange(40))
    ((similarities, found),) = search.neighbours()
    expected = (features @ features.T).gather(1, found)
    assert torch.equal(similarities, expected) and (expected < 0).any()
    assert torch.equal(expected, expected.sort(dim=1, descending=True).values)


def test_what_was_given_is_left_alone():
    features, gallery, labels = draw()
    before = features.clone(), gallery.clone()
    nearest_neighbours(features, gallery, labels, 3)
    assert torch.equal(features, before[0]) and torch.equal(gallery, before[1])


def test_mistakes_are_named():
    features, gallery, labels = draw()
    with pytest.raises(ValueError, match='k=84 .* only 83 samples'):
        nearest_neighbours(features, gallery, labels, 84)
    with pytest.raises(ValueError, match="one of majority, temperature, got 'distance'"):
        nearest_neighbours(features, gallery, labels, 2, 'distance')
    with pytest.raises(ValueError, match='temperature must be greater than 0, got 0'):
        nearest_neighbours(features, gallery, labels, 2, 'temperature', 0)
