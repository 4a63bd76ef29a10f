"""Batch norm with the statistics of all processes, on any device."""

import torch
from mmengine.dist import get_world_size
from torch import Tensor, distributed, nn
from torch.autograd import Function


class SumOverProcesses(Function):
    """The sum of what every process gives, which each of them feels in its gradient."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        x = x.clone()
        distributed.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return SumOverProcesses.apply(gradient.contiguous())


class JointBatchNorm(nn.BatchNorm1d):
    """Batch norm of vectors ``(B, F)`` which in training takes the rows of all processes for one batch.

    PyTorch's ``SyncBatchNorm`` does the same on accelerators and refuses to run on processors. On a GPU
    ``sync_bn='torch'`` in the config puts it in this one's place.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or get_world_size() == 1:
            return super().forward(x)
        values = x.float()
        sums = SumOverProcesses.apply(torch.cat((values.sum(dim=0), values.new_full((1,), len(values)))))
        count = sums[-1].detach()
        centred = values - sums[:-1] / count
        variance = SumOverProcesses.apply(centred.square().sum(dim=0)) / count
        self._track(sums[:-1].detach() / count, variance.detach() * count / (count - 1))
        return (centred * (variance + self.eps).rsqrt() * self.weight + self.bias).to(x.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
