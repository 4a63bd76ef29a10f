"""Whitening against its definition."""

import pytest
import torch

from mamp_plugin.evaluation import fit_whitening


def test_components_are_uncorrelated_with_unit_variance():
    features = torch.randn(200, 6) @ torch.randn(6, 10) + 5
    whitening = fit_whitening(features, components=6)
    torch.testing.assert_close(whitening(features).mean(dim=0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(whitening(features).T.cov(), torch.eye(6), atol=1e-4, rtol=0)
    assert whitening(features).dtype == features.dtype


def test_largest_components_stay():
    features = torch.randn(500, 4) * torch.tensor([1.0, 9.0, 0.1, 3.0])
    kept = fit_whitening(features, components=2)(features)
    correlation = torch.corrcoef(torch.cat((kept, features), dim=1).T)[:2, 2:].abs()
    assert correlation.argmax(dim=1).tolist() == [1, 3] and correlation.amax(dim=1).min() > 0.99


def test_components_that_do_not_exist():
    features = (torch.randn(50, 3) @ torch.randn(3, 10)).float()
    with pytest.raises(ValueError, match='50 features of 10 channels vary in 3 directions.* keep at most 3'):
        fit_whitening(features, components=4)
    with pytest.raises(ValueError, match='keep at most 4'):
        fit_whitening(torch.randn(5, 10))
    with pytest.raises(ValueError, match='components must be at least 1, got 0'):
        fit_whitening(features, components=0)
