"""Mixing the samples of all processes, so that none can be told by those that it is normalised with."""

from typing import Optional, Tuple

import torch
from mmengine.dist import all_gather, broadcast, get_rank, get_world_size
from torch import Tensor


def shuffle_batch(batch: Tensor) -> Tuple[Tensor, Optional[Tensor]]:
    """Deals the samples of all processes anew.

    Args:
        batch (Tensor): The samples of this process, ``(N, ...)``; the same number in every process.

    Returns:
        tuple: As many samples from anywhere, and the order of all of them, ``(N * processes, )``. A single process
        keeps its batch as it is, and the order is None.
    """
    if get_world_size() == 1:
        return batch, None
    everything = torch.cat(all_gather(batch.contiguous()))
    order = torch.randperm(len(everything), device=batch.device)
    broadcast(order)
    return everything[order.chunk(get_world_size())[get_rank()]], order


def unshuffle_batch(batch: Tensor, order: Optional[Tensor]) -> Tensor:
    """Sends what was computed from the samples of :func:`shuffle_batch` back to where they came from."""
    if order is None:
        return batch
    everything = torch.cat(all_gather(batch.contiguous()))
    return everything[order.argsort()].chunk(get_world_size())[get_rank()]
