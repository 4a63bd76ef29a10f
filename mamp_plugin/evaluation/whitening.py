"""Whitening of frozen features."""

from typing import NamedTuple

import torch
from torch import Tensor


class Whitening(NamedTuple):
    """Linear map of features ``(N, D)`` to uncorrelated components of unit variance, ``(N, components)``."""

    mean: Tensor
    projection: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        return (features - self.mean) @ self.projection


def fit_whitening(features: Tensor, components: int = 64) -> Whitening:
    """Fit PCA whitening, which keeps a few directions of large variance from deciding cosine similarities.

    ::

        >>> whiten = fit_whitening(train_features, components=64)
        >>> nearest_neighbors(whiten(val_features), whiten(train_features), train_labels)

    Args:
        features (Tensor): Features of the training split, ``(N, D)``.
        components (int): Number of principal components to keep. Defaults to 64.

    Returns:
        Whitening: Callable for features of any split.
    """
    if components < 1:
        raise ValueError(f'components must be at least 1, got {components}')
    values = features.double()
    mean = values.mean(dim=0)
    _, scales, directions = torch.linalg.svd(values - mean, full_matrices=False)
    # below this, float32 features are rounding errors
    rank = int((scales > 1e-6 * scales.max()).sum())
    if components > rank:
        raise ValueError(
            f'{len(features)} features of {features.size(1)} channels vary in {rank} directions, but '
            f'{components} components are to be kept; keep at most {rank}'
        )
    std = scales[:components] / (len(features) - 1) ** 0.5
    return Whitening(mean.to(features.dtype), (directions[:components].T / std).to(features.dtype))
