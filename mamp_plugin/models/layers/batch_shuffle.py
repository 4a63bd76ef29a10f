"""Shuffle-BN of MoCo: permute a batch across ranks so that batch statistics leak nothing about the positive pair."""

from typing import Optional, Tuple

import torch
from mmengine.dist import all_gather, broadcast, get_rank, get_world_size
from torch import Tensor


def shuffle_batch(batch: Tensor) -> Tuple[Tensor, Optional[Tensor]]:
    """Permute samples across ranks.

    Args:
        batch (Tensor): Samples of this rank, ``(N, ...)``; every rank has the same number.

    Returns:
        tuple: The samples that this rank processes, ``(N, ...)``, and the permutation, ``(N * world size, )``. With a
        single rank, the batch as it is and None.
    """
    if get_world_size() == 1:
        return batch, None
    gathered = torch.cat(all_gather(batch.contiguous()))
    order = torch.randperm(len(gathered), device=batch.device)
    broadcast(order)
    return gathered[order.chunk(get_world_size())[get_rank()]], order


def unshuffle_batch(batch: Tensor, order: Optional[Tensor]) -> Tensor:
    """Undo :func:`shuffle_batch` for results computed from the shuffled samples.

    Args:
        batch (Tensor): Results of this rank, ``(N, ...)``.
        order (Tensor, optional): The permutation of :func:`shuffle_batch`.

    Returns:
        Tensor: Results for the samples of this rank in their original order, ``(N, ...)``.
    """
    if order is None:
        return batch
    gathered = torch.cat(all_gather(batch.contiguous()))
    return gathered[order.argsort()].chunk(get_world_size())[get_rank()]
