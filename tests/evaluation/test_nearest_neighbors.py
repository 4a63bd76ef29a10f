"""k-nearest-neighbor classification against scikit-learn and hand-computed cases."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from mamp_plugin.evaluation import nearest_neighbors
from mamp_plugin.evaluation.nearest_neighbors import Samples, search, vote


def draw(queries=57, gallery=83, width=6, classes=4):
    return torch.randn(queries, width), torch.randn(gallery, width), torch.randint(0, classes, (gallery,))


def scikit(k, weights, gallery, labels):
    classifier = KNeighborsClassifier(k, weights=weights, metric='cosine', algorithm='brute')
    return classifier.fit(gallery.double().numpy(), labels.numpy())


def test_similarity_is_cosine_not_distance():
    gallery, labels = torch.tensor([[1.0, 0.0], [0.0, 9.0]]), torch.tensor([4, 7])
    features = torch.tensor([[100.0, 1.0], [0.1, 0.2], [-1.0, 0.5]])
    assert nearest_neighbors(features, gallery, labels).tolist() == [4, 7, 7]


@pytest.mark.parametrize('k', [1, 3, 9, 83])
def test_majority_equals_scikit_learn(k):
    features, gallery, labels = draw()
    reference = scikit(k, 'uniform', gallery, labels)
    shares = np.sort(reference.predict_proba(features.double().numpy()), axis=1)
    decided = torch.from_numpy(shares[:, -1] > shares[:, -2])  # scikit-learn gives ties to the lowest label
    expected = torch.from_numpy(reference.predict(features.double().numpy()))
    predicted = nearest_neighbors(features, gallery, labels, k)
    assert decided.sum() > 20
    assert torch.equal(predicted[decided], expected[decided])


@pytest.mark.parametrize('k', [3, 9, 83])
@pytest.mark.parametrize('temperature', [0.07, 1.0])
def test_temperature_weights_equal_scikit_learn(k, temperature):
    features, gallery, labels = draw()
    reference = scikit(k, lambda distance: np.exp((1 - distance) / temperature), gallery, labels)
    predicted = nearest_neighbors(features, gallery, labels, k, weights='temperature', temperature=temperature)
    assert predicted.tolist() == reference.predict(features.double().numpy()).tolist()
    assert predicted.tolist() != nearest_neighbors(features, gallery, labels, 1).tolist()


def test_low_temperature_is_one_neighbor_without_overflow():
    features, gallery, labels = draw()
    predicted = nearest_neighbors(features, gallery, labels, 50, weights='temperature', temperature=1e-6)
    assert torch.equal(predicted, nearest_neighbors(features, gallery, labels))


def test_chunk_size_changes_nothing_and_inputs_stay_unchanged():
    features, gallery, labels = draw()
    before = features.clone(), gallery.clone()
    expected = nearest_neighbors(features, gallery, labels, 5, 'temperature')
    for chunk_size in (1, 7, 83):
        assert torch.equal(nearest_neighbors(features, gallery, labels, 5, 'temperature', 0.07, chunk_size), expected)
    assert torch.equal(features, before[0]) and torch.equal(gallery, before[1])


@pytest.mark.parametrize('label', [0, 119, -1])
def test_labels_may_be_any_integers(label):
    features, gallery, _ = draw()
    assert nearest_neighbors(features, gallery, torch.full((83,), label), 7).tolist() == [label] * 57


@pytest.mark.parametrize('weights', ['majority', 'temperature'])
def test_tied_votes_go_to_the_class_of_the_nearest(weights):
    labels = torch.tensor([[5, 2, 2, 5, 0], [2, 5, 5, 2, 0], [0, 2, 5, 5, 2]])
    similarities = torch.full((3, 5), 0.5)
    assert vote(labels, similarities, weights).tolist() == [5, 2, 2]


@pytest.mark.parametrize('chunk_size', [1, 2, 3, 100])
def test_tied_similarities_go_to_the_lower_position(chunk_size):
    """Similarities 0, 1, 1, 0, -1, 1, -0.0, last chunk first; each sample has its position as label."""
    axes, places = torch.eye(4), torch.arange(7)
    gallery = torch.cat([axes[[1, 0, 0, 2]], -axes[[0]], axes[[0]], -axes[[3]]])
    chunks = (
        Samples(*(each[start : start + chunk_size] for each in (gallery, places, places)))
        for start in reversed(range(0, 7, chunk_size))
    )
    ((similarities, labels),) = search([axes[[0]]], chunks, 7)
    assert labels.tolist() == [[1, 2, 5, 0, 3, 6, 4]]
    assert similarities.tolist() == [[1, 1, 1, 0, 0, 0, -1]]


def test_similarities_are_returned_in_order():
    features, places = torch.nn.functional.normalize(torch.randn(40, 3), dim=1), torch.arange(40)
    ((similarities, found),) = search([features], [Samples(features, places, places)], 40)
    expected = (features @ features.T).gather(1, found)
    torch.testing.assert_close(similarities, expected.double(), rtol=0, atol=2**-31)
    assert torch.equal(similarities, similarities.sort(dim=1, descending=True).values) and (expected < 0).any()


def test_errors():
    features, gallery, labels = draw()
    with pytest.raises(ValueError, match='k=84 .* only 83 samples'):
        nearest_neighbors(features, gallery, labels, 84)
    with pytest.raises(ValueError, match='the gallery is empty'):
        nearest_neighbors(features, gallery[:0], labels[:0])
    with pytest.raises(ValueError, match="one of majority, temperature, got 'distance'"):
        nearest_neighbors(features, gallery, labels, 2, 'distance')
    with pytest.raises(ValueError, match='temperature must be greater than 0, got 0'):
        nearest_neighbors(features, gallery, labels, 2, 'temperature', 0)
