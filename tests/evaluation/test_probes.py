"""Probes of fixed features against small cases worked out by hand."""

import numpy as np
import torch

from mamp_plugin.evaluation import linear_probe, nearest_neighbours


def test_the_nearest_by_angle_decides_not_by_distance():
    gallery = torch.tensor([[1.0, 0.0], [0.0, 9.0]])
    labels = torch.tensor([4, 7])
    features = torch.tensor([[100.0, 1.0], [0.1, 0.2], [-1.0, 0.5]])
    assert nearest_neighbours(features, gallery, labels).tolist() == [4, 7, 7]


def test_chunks_change_nothing():
    gallery, features = torch.randn(50, 6), torch.randn(33, 6)
    labels = torch.randint(0, 5, (50,))
    cosine = np.einsum('nd,gd->ng', features, gallery) / gallery.norm(dim=1).numpy()
    expected = labels[torch.from_numpy(cosine.argmax(axis=1))]
    for chunk_size in (1, 7, 100):
        assert torch.equal(nearest_neighbours(features, gallery, labels, chunk_size), expected)


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
