"""k-nearest-neighbor classification by cosine similarity, in chunks of bounded memory."""

from typing import Iterable, List, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor
from torch.nn import functional as F

WEIGHTS = ('majority', 'temperature')
#: An int64 key holds a similarity in fixed point in its upper half and a position in its lower half.
_UNIT, _SPAN = 2**30, 2**32


class Samples(NamedTuple):
    """L2-normalized float32 features ``(B, D)`` with int64 labels and positions in the data set, ``(B, )`` each."""

    features: Tensor
    labels: Tensor
    positions: Tensor


def check_votes(weights: str, temperature: float) -> None:
    """Raise a ValueError for arguments that :func:`vote` does not support."""
    if weights not in WEIGHTS:
        raise ValueError(f'weights must be one of {", ".join(WEIGHTS)}, got {weights!r}')
    if not temperature > 0:
        raise ValueError(f'temperature must be greater than 0, got {temperature!r}')


def vote(labels: Tensor, similarities: Tensor, weights: str = 'majority', temperature: float = 0.07) -> Tensor:
    """Return the label with the most votes; ties go to the label of the nearest neighbor among the tied.

    Args:
        labels (Tensor): Labels of each query's neighbors, nearest first, int64, ``(N, k)``.
        similarities (Tensor): Cosine similarities of the neighbors, ``(N, k)``.
        weights (str): 'majority' counts neighbors, 'temperature' weights each by ``exp(similarity / temperature)``.
            Defaults to 'majority'.
        temperature (float): Temperature of the weights; lower values favor near neighbors. Defaults to 0.07.

    Returns:
        Tensor: Predicted labels, ``(N, )``.
    """
    check_votes(weights, temperature)
    share = torch.ones_like(similarities, dtype=torch.float64)
    if weights == 'temperature':
        share = ((similarities - similarities[:, :1]).double() / temperature).exp()
    classes, members = labels.unique(return_inverse=True)
    votes = share.new_zeros(len(labels), len(classes)).scatter_add_(1, members, share)
    # neighbors are sorted, and argmax returns the first maximum
    winner = votes.gather(1, members).argmax(dim=1, keepdim=True)
    return labels.gather(1, winner).squeeze(1)


def search(queries: Sequence[Tensor], gallery: Iterable[Samples], k: int) -> List[Tuple[Tensor, Tensor]]:
    """Find the k nearest neighbors by cosine similarity.

    Of equally similar neighbors the one with the lower position is the nearer, for any order and size of the chunks.

    Args:
        queries (sequence[Tensor]): L2-normalized features in chunks, ``(Q, D)`` each.
        gallery (iterable[Samples]): Labeled samples in chunks; one at a time is compared with one chunk of queries.
        k (int): Number of neighbors.

    Returns:
        list[tuple[Tensor]]: For each chunk of queries, similarities and labels of the neighbors, nearest first,
        ``(Q, k)`` each.
    """
    keys = [torch.empty(len(part), 0, dtype=torch.int64, device=part.device) for part in queries]
    seen = []
    for chunk in gallery:
        seen.append(chunk[1:])
        for index, part in enumerate(queries):
            keys[index] = _merge(keys[index], part @ chunk.features.T, chunk.positions, k)
    if not seen:
        raise ValueError('the gallery is empty; nearest neighbors need labeled samples')
    labels, positions = (torch.cat(tensors) for tensors in zip(*seen))
    if k > len(labels):
        raise ValueError(f'k={k} neighbors requested, but the gallery has only {len(labels)} samples; lower k')
    label_at = labels.new_empty(int(positions.max()) + 1).scatter_(0, positions, labels)
    return [((each >> 32).double() / _UNIT, label_at[_SPAN - 1 - (each & (_SPAN - 1))]) for each in keys]


def _merge(keys: Tensor, similarities: Tensor, positions: Tensor, k: int) -> Tensor:
    """Merge similarities ``(Q, G)`` into the keys of the k nearest neighbors found so far, ``(Q, <=k)``."""
    # topk breaks ties arbitrarily, so the position is part of what it compares
    scores = similarities.double().mul_(_UNIT).round_().long().mul_(_SPAN)
    keys = torch.cat([keys, scores.add_(_SPAN - 1 - positions)], dim=1)
    return keys.topk(min(k, keys.size(1)), dim=1).values


def nearest_neighbors(
    features: Tensor,
    gallery: Tensor,
    labels: Tensor,
    k: int = 1,
    weights: str = 'majority',
    temperature: float = 0.07,
    chunk_size: int = 2048,
) -> Tensor:
    """Classify features by their k nearest neighbors by cosine similarity.

    Args:
        features (Tensor): Features of the queries, ``(N, D)``.
        gallery (Tensor): Features of the labeled samples, ``(G, D)``.
        labels (Tensor): Labels of the gallery, ``(G, )``.
        k (int): Number of neighbors that vote. Defaults to 1.
        weights (str): Weights of the votes, see :func:`vote`. Defaults to 'majority'.
        temperature (float): Temperature of the votes. Defaults to 0.07.
        chunk_size (int): Queries and gallery samples compared at a time, which bounds the memory. Defaults to 2048.

    Returns:
        Tensor: Predicted labels, ``(N, )``.
    """
    check_votes(weights, temperature)
    queries = [F.normalize(part.float(), dim=1) for part in features.split(chunk_size)]
    whole = gallery, labels, torch.arange(len(gallery), device=gallery.device)
    parts = zip(*(each.split(chunk_size) for each in whole if len(gallery)))
    chunks = (Samples(F.normalize(part.float(), dim=1), *rest) for part, *rest in parts)
    found = search(queries, chunks, k)
    return torch.cat([vote(known, similarities, weights, temperature) for similarities, known in found])
