"""Features that come in batches, in memory once."""

from typing import Iterator, List, NamedTuple, Sequence

import torch
from mmengine.dist import broadcast, get_rank
from torch import Tensor
from torch.nn import functional as F


class FeaturePart(NamedTuple):
    """Some samples.

    Args:
        features (Tensor): Features of length 1, float32, ``(B, D)``.
        labels (Tensor): Their labels, int64, ``(B, )``.
        positions (Tensor): Where they stand in the data set, int64, ``(B, )``.
    """

    features: Tensor
    labels: Tensor
    positions: Tensor

    def cut(self, start: int, stop: int) -> 'FeaturePart':
        return FeaturePart(*(tensor[start:stop] for tensor in self))

    @classmethod
    def empty(cls, size: int, width: int, device: torch.device) -> 'FeaturePart':
        labels, positions = (torch.empty(size, dtype=torch.int64, device=device) for _ in range(2))
        return cls(torch.empty(size, width, device=device), labels, positions)


class FeatureBank:
    """Stores features in blocks of one size, which are filled one after the other and never put together.

    A list of small tensors, or a tensor that grows, would need the memory twice when it is put together or moved.

    Args:
        block_size (int): Samples of a block.
    """

    def __init__(self, block_size: int) -> None:
        self.block_size = block_size
        self._blocks: List[FeaturePart] = []
        self._size = 0

    def add(self, features: Tensor, labels: Tensor, positions: Tensor) -> None:
        """Stores a batch, normalised; positions must ascend from batch to batch."""
        batch = FeaturePart(F.normalize(features.float(), dim=1), labels, positions)
        while len(batch.features):
            filled = self._size % self.block_size
            if filled == 0:
                self._blocks.append(FeaturePart.empty(self.block_size, features.size(1), features.device))
            count = min(self.block_size - filled, len(batch.features))
            for stored, new in zip(self._blocks[-1].cut(filled, filled + count), batch):
                stored.copy_(new[:count])
            batch = batch.cut(count, len(batch.features))
            self._size += count

    def parts(self, end: int) -> List[FeaturePart]:
        """What stands before position ``end``, block by block."""
        parts = []
        for start, block in zip(range(0, self._size, self.block_size), self._blocks):
            block = block.cut(0, self._size - start)
            count = int((block.positions < end).sum())
            if count:
                parts.append(block.cut(0, count))
        return parts


def parts_of_all(
    parts: Sequence[FeaturePart], sizes: Sequence[int], block_size: int, width: int, device: torch.device
) -> Iterator[FeaturePart]:
    """The parts of every process, which come by one after the other: all of them see the same, in the same order.

    Args:
        parts (sequence[FeaturePart]): Those of this process.
        sizes (sequence[int]): How many samples each process has.
        block_size (int): Samples of a full part.
        width (int): Length of a feature, ``D``.
        device (torch.device): Where to put what others have.
    """
    for source, size in enumerate(sizes):
        for index, start in enumerate(range(0, size, block_size)):
            if source == get_rank():
                part = parts[index]
            else:
                part = FeaturePart.empty(min(block_size, size - start), width, device)
            for tensor in part:
                broadcast(tensor, src=source)
            yield part
