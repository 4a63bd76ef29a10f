"""Nearest neighbours by cosine, compared a part at a time so that memory stays small."""

from typing import List, Sequence, Tuple

import torch
from torch import Tensor
from torch.nn import functional as F

WEIGHTS = ('majority', 'temperature')
_SPAN = 2**32  # positions below, similarities above, in one integer of 64 bits


class NeighbourSearch:
    """Keeps the ``k`` nearest of all that it is shown, for every query.

    Of equally similar ones the lower position is the nearer, whatever the order and the sizes in which they are shown.

    Args:
        queries (sequence[Tensor]): Features of length 1 in parts, ``(Q, D)`` each.
        k (int): How many neighbours to keep.
    """

    def __init__(self, queries: Sequence[Tensor], k: int) -> None:
        self.queries = queries
        self.k = k
        self._keys = [torch.empty(len(part), 0, dtype=torch.int64, device=part.device) for part in queries]

    def show(self, features: Tensor, positions: Tensor) -> None:
        """Compares a part of the gallery with all queries.

        Args:
            features (Tensor): Features of length 1, ``(G, D)``.
            positions (Tensor): Where they stand in the whole, int64, ``(G, )``.
        """
        for index, part in enumerate(self.queries):
            found = self._nearest(_to_keys(part @ features.T, positions))
            self._keys[index] = self._nearest(torch.cat([self._keys[index], found], dim=1))

    def neighbours(self) -> List[Tuple[Tensor, Tensor]]:
        """Similarities and positions of the neighbours, nearest first, ``(Q, k)`` each, for every part of queries."""
        return [_from_keys(keys) for keys in self._keys]

    def _nearest(self, keys: Tensor) -> Tensor:
        return keys.topk(min(self.k, keys.size(1)), dim=1).values


def _to_keys(similarities: Tensor, positions: Tensor) -> Tensor:
    """Integers in the order of similarities ``(Q, G)``, which are overwritten, and of positions where those are equal.

    ``topk`` of similarities would take any of equals. The bits of a float are in the order of its values once those of
    negative numbers are turned over.
    """
    bits = similarities.add_(0.0).view(torch.int32)  # -0.0 becomes 0.0
    bits ^= (bits >> 31) & 0x7FFFFFFF
    return bits.long().mul_(_SPAN).add_(_SPAN - 1 - positions)


def _from_keys(keys: Tensor) -> Tuple[Tensor, Tensor]:
    bits = (keys >> 32).int()
    bits ^= (bits >> 31) & 0x7FFFFFFF
    return bits.view(torch.float32), _SPAN - 1 - (keys & (_SPAN - 1))


def check_size(k: int, size: int) -> None:
    """Refuses to look for more neighbours than there are."""
    if k > size:
        raise ValueError(f'k={k} neighbours are asked for, but the gallery has only {size} samples; lower k')


def check_votes(weights: str, temperature: float) -> None:
    """Refuses what :func:`vote` does not know."""
    if weights not in WEIGHTS:
        raise ValueError(f'weights must be one of {", ".join(WEIGHTS)}, got {weights!r}')
    if not temperature > 0:
        raise ValueError(f'temperature must be greater than 0, got {temperature!r}')


def vote(labels: Tensor, similarities: Tensor, weights: str = 'majority', temperature: float = 0.07) -> Tensor:
    """The label that most neighbours have; of labels with equally many votes, that of the nearest neighbour among them.

    Args:
        labels (Tensor): Labels of each query's neighbours, nearest first, int64, ``(N, k)``.
        similarities (Tensor): How similar they are, ``(N, k)``.
        weights (str): 'majority' counts neighbours, 'temperature' counts ``exp(similarity / temperature)``.
            Defaults to 'majority'.
        temperature (float): The lower, the more the nearest ones count. Defaults to 0.07.

    Returns:
        Tensor: Predicted labels, ``(N, )``.
    """
    check_votes(weights, temperature)
    share = torch.ones_like(similarities, dtype=torch.float64)
    if weights == 'temperature':
        share = ((similarities - similarities[:, :1]).double() / temperature).exp()
    classes, members = labels.unique(return_inverse=True)
    votes = share.new_zeros(len(labels), len(classes)).scatter_add_(1, members, share)
    # argmax takes the first of equals, and neighbours are in order
    winner = votes.gather(1, members).argmax(dim=1, keepdim=True)
    return labels.gather(1, winner).squeeze(1)


def nearest_neighbours(
    features: Tensor,
    gallery: Tensor,
    labels: Tensor,
    k: int = 1,
    weights: str = 'majority',
    temperature: float = 0.07,
    chunk_size: int = 2048,
) -> Tensor:
    """Classifies features by their nearest neighbours by cosine.

    Args:
        features (Tensor): What to classify, ``(N, D)``.
        gallery (Tensor): What is known, ``(G, D)``.
        labels (Tensor): Its labels, ``(G, )``.
        k (int): How many neighbours vote. Defaults to 1.
        weights (str): How they vote, see :func:`vote`. Defaults to 'majority'.
        temperature (float): Temperature of the votes. Defaults to 0.07.
        chunk_size (int): Features compared at a time, on both sides, which bounds the memory. Defaults to 2048.

    Returns:
        Tensor: Predicted labels, ``(N, )``.
    """
    check_size(k, len(gallery))
    search = NeighbourSearch([F.normalize(part.float(), dim=1) for part in features.split(chunk_size)], k)
    positions = torch.arange(len(gallery), device=gallery.device)
    for part, places in zip(gallery.split(chunk_size), positions.split(chunk_size)):
        search.show(F.normalize(part.float(), dim=1), places)
    return torch.cat([vote(labels[found], near, weights, temperature) for near, found in search.neighbours()])
