"""Memory queue of negative keys (MoCo)."""

import torch
from mmengine.dist import all_gather
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F


class KeyQueue(BaseModule):
    """First-in-first-out queue of the last ``size`` keys, one per column, saved with the model.

    Args:
        dims (int): Channels of a key.
        size (int): Length of the queue, ``K``.
    """

    def __init__(self, dims: int, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f'queue_size must be at least 1, got {size}')
        self.register_buffer('queue', F.normalize(torch.randn(dims, size), dim=0))
        self.register_buffer('queue_ptr', torch.zeros(1, dtype=torch.long))

    def forward(self) -> Tensor:
        """Return a copy of all keys, ``(D, K)``, so that a later push does not disturb the backward pass."""
        return self.queue.clone()

    @torch.no_grad()
    def push(self, keys: Tensor) -> None:
        """Replace the oldest keys by those of all ranks, in the order of the ranks.

        Every rank must have the same number of keys, as mmengine's samplers ensure.

        Args:
            keys (Tensor): L2-normalized keys, ``(N, D)``. Of more than the queue holds, the last are kept.
        """
        keys = torch.cat(all_gather(keys.contiguous()))
        size = self.queue.size(1)
        fitting = keys[-size:]
        first = self.queue_ptr + len(keys) - len(fitting)
        columns = (first + torch.arange(len(fitting), device=keys.device)) % size
        self.queue.index_copy_(1, columns, fitting.t().to(self.queue.dtype))
        self.queue_ptr.copy_((self.queue_ptr + len(keys)) % size)
