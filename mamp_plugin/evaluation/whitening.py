"""Whitening of frozen features."""

from typing import Callable, NamedTuple, Sequence, Union

import torch
from torch import Tensor


class Whitening(NamedTuple):
    """Linear map of features ``(N, D)`` to uncorrelated components of unit variance, ``(N, components)``."""

    mean: Tensor
    projection: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        return (features - self.mean) @ self.projection


def _no_reduction(values: Tensor) -> None:
    """Leave the sums of one rank as they are."""


def fit_whitening(
    features: Union[Tensor, Sequence[Tensor]], components: int = 64, reduce: Callable[[Tensor], None] = _no_reduction
) -> Whitening:
    """Fit PCA whitening, which keeps a few directions of large variance from deciding cosine similarities.

    ::

        >>> whiten = fit_whitening(torch.randn(100, 20), components=8)
        >>> whiten(torch.randn(5, 20)).shape
        torch.Size([5, 8])

    Args:
        features (Tensor or Sequence[Tensor]): Features of the training split, ``(N, D)``, or chunks of them.
        components (int): Number of principal components to keep. Defaults to 64.
        reduce (callable): Adds a tensor up over ranks, in place, if each has a part of the features. Defaults to none.

    Returns:
        Whitening: Callable for features of any split.
    """
    if components < 1:
        raise ValueError(f'components must be at least 1, got {components}')
    chunks = [features] if isinstance(features, Tensor) else features
    sums = torch.stack(
        [torch.cat((part.double().sum(dim=0), part.new_tensor([len(part)]).double())) for part in chunks]
    )
    total = sums.sum(dim=0)
    reduce(total)
    count, mean = int(total[-1]), total[:-1] / total[-1]
    covariance = sum(part.T @ part for part in (part.double() - mean for part in chunks)) / max(count - 1, 1)
    reduce(covariance)
    variances, directions = torch.linalg.eigh(covariance)
    # below this, float32 features are rounding errors
    rank = int((variances > 1e-12 * variances.max()).sum())
    if components > rank:
        raise ValueError(
            f'{count} features of {len(mean)} channels vary in {rank} directions, but '
            f'{components} components are to be kept; keep at most {rank}'
        )
    projection = directions[:, -components:].flip(1) / variances[-components:].flip(0).sqrt()
    return Whitening(mean.to(chunks[0].dtype), projection.to(chunks[0].dtype))
