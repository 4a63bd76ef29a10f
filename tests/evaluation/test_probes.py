"""Probes of fixed features against small cases worked out by hand."""

import torch

from mamp_plugin.evaluation import linear_probe


def clusters(count):
    labels = torch.arange(count) % 3
    centres = torch.tensor([[5.0, 0.0, 1.0], [0.0, 5.0, 1.0], [5.0, 5.0, 1.0]])
    return centres[labels] + 0.3 * torch.randn(count, 3), labels


def test_a_linear_probe_separates_clusters_and_repeats_itself():
    gallery, labels = clusters(129)  # the last batch has one sample
    features, expected = clusters(60)
    probe = linear_probe(gallery, labels, epochs=20)
    assert torch.equal(probe(features).argmax(dim=1), expected)
    assert torch.equal(linear_probe(gallery, labels, epochs=20)(features), probe(features))


def test_a_linear_probe_leaves_what_it_was_given_alone():
    gallery, labels = clusters(30)
    before = gallery.clone()
    linear_probe(gallery, labels, epochs=1)
    assert torch.equal(gallery, before)
