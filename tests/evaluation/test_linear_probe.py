"""Linear probe against scikit-learn and on separable clusters."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mamp_plugin.evaluation import linear_probe


def clusters(count, noise=0.3):
    labels = torch.arange(count) % 3
    centers = torch.tensor([[5.0, 0.0, 1.0], [0.0, 5.0, 1.0], [5.0, 5.0, 1.0]])
    return centers[labels] + noise * torch.randn(count, 3), labels


@pytest.mark.parametrize('c', [1.0, 0.01])
def test_equals_scikit_learn(c):
    features, labels = clusters(200, noise=3)
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-8, max_iter=1000))
    expected = torch.from_numpy(reference.fit(features.double().numpy(), labels).predict_log_proba(features.numpy()))
    probe = linear_probe(features, labels, c)
    torch.testing.assert_close(probe(features).log_softmax(dim=1), expected, atol=5e-3, rtol=0)
    assert probe.converged


def test_separates_clusters_and_leaves_features_unchanged():
    features, labels = clusters(129)
    before = features.clone()
    unseen, expected = clusters(60)
    with torch.no_grad():  # as after an extraction of features
        probe = linear_probe(features, labels)
    assert torch.equal(probe(unseen).argmax(dim=1), expected)
    assert torch.equal(features, before)


def test_constant_channels_and_absent_labels():
    features, labels = clusters(60)
    expected = linear_probe(features, labels)(features)
    padded = torch.cat((features, torch.full((60, 1), 0.1)), dim=1)
    probe = linear_probe(padded, 2 * labels)
    torch.testing.assert_close(probe(padded)[:, ::2], expected)
    assert (probe(padded)[:, 1::2] == -torch.inf).all()


def test_a_solver_that_stops_early_says_so():
    assert not linear_probe(*clusters(60), max_iter=2).converged
