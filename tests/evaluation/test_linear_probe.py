"""Linear probe on separable clusters."""

import torch

from mamp_plugin.evaluation import linear_probe


def clusters(count):
    labels = torch.arange(count) % 3
    centers = torch.tensor([[5.0, 0.0, 1.0], [0.0, 5.0, 1.0], [5.0, 5.0, 1.0]])
    return centers[labels] + 0.3 * torch.randn(count, 3), labels


def test_separates_clusters_reproducibly_and_leaves_features_unchanged():
    features, labels = clusters(129)  # the last batch has one sample
    before = features.clone()
    unseen, expected = clusters(60)
    probe = linear_probe(features, labels, epochs=20)
    assert torch.equal(probe(unseen).argmax(dim=1), expected)
    assert torch.equal(linear_probe(features, labels, epochs=20)(unseen), probe(unseen))
    assert torch.equal(features, before)
