"""The memory of keys that queries are contrasted with."""

import torch
from mmengine.dist import all_gather
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F


class KeyQueue(BaseModule):
    """The last ``size`` keys, one per column, on the device of the model and in its checkpoint.

    Args:
        dims (int): Channels of a key.
        size (int): Keys to remember, ``K``.
    """

    def __init__(self, dims: int, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f'queue_size must be at least 1, got {size}')
        self.register_buffer('queue', F.normalize(torch.randn(dims, size), dim=0))
        self.register_buffer('queue_ptr', torch.zeros(1, dtype=torch.long))

    def forward(self) -> Tensor:
        """A copy of all keys, ``(D, K)``: what has been computed with it can be differentiated after the next push."""
        return self.queue.clone()

    @torch.no_grad()
    def push(self, keys: Tensor) -> None:
        """Puts the keys of all processes, in the order of their ranks, in the place of the oldest ones.

        Every process gives the same number of keys, as mmengine's samplers make sure.

        Args:
            keys (Tensor): Normalised keys, ``(N, D)``. Of more than fit into the queue the last ones stay.
        """
        keys = torch.cat(all_gather(keys.contiguous()))
        size = self.queue.size(1)
        fitting = keys[-size:]
        first = self.queue_ptr + len(keys) - len(fitting)
        columns = (first + torch.arange(len(fitting), device=keys.device)) % size
        self.queue.index_copy_(1, columns, fitting.t().to(self.queue.dtype))
        self.queue_ptr.copy_((self.queue_ptr + len(keys)) % size)
