"""Batch norm over the batches of all ranks, on any device."""

from typing import Any

import torch
from mmengine.dist import get_world_size
from torch import Tensor, distributed, nn
from torch.autograd import Function


class AllReduceSum(Function):
    """Differentiable all-reduce (sum).

    PyTorch's own, ``torch.distributed.nn.functional.all_reduce``, is deprecated.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.clone()
        distributed.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return AllReduceSum.apply(gradient.contiguous())


class CrossRankBatchNorm(nn.BatchNorm1d):
    """SyncBatchNorm of vectors ``(B, F)`` that also runs on CPU.

    In training, batch statistics are those of all ranks together; ranks may have batches of different sizes. On a GPU,
    ``sync_bn='torch'`` in the config replaces this layer by PyTorch's ``SyncBatchNorm``, which computes the same.
    """

    momentum: float
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or get_world_size() == 1:
            return super().forward(x)
        values = x.float()
        sums = AllReduceSum.apply(torch.cat((values.sum(dim=0), values.new_full((1,), len(values)))))
        count = sums[-1].detach()
        centered = values - sums[:-1] / count
        variance = AllReduceSum.apply(centered.square().sum(dim=0)) / count
        self._track(sums[:-1].detach() / count, variance.detach() * count / (count - 1))
        return (centered * (variance + self.eps).rsqrt() * self.weight + self.bias).to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
