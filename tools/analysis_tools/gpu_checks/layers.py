"""The GRU of cuDNN, the conversion to SyncBatchNorm, and fused AdamW, each against the plain computation."""

import warnings
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import Dict, Iterator

import torch
from benchmarks.measure import in_turn
from benchmarks.pcm3_step import draw_views
from mmengine.model import convert_sync_batchnorm
from torch import Tensor, nn

from mamp_plugin.models.layers import CrossRankBatchNorm

from .gradients import differences, fix_pcm3, loss_and_gradients, to_cpu
from .setup import Outcome, Setup, build


def gru(setup: Setup) -> Outcome:
    """Compare the gradients of SkeletonGRU by cuDNN with fp64 on the CPU and with PyTorch's own kernels.

    ``copies`` counts warnings that cuDNN copies the weights in a step, which it does if they are scattered in memory.
    """
    model = build(setup.pcm3)
    view = draw_views(model, setup.batch_size, 'cpu')[:, 0]
    expected = gradients(deepcopy(model.backbone).double(), view.double())
    model.to(setup.device)
    view = view.to(setup.device)
    ours = gradients(model.backbone, view)
    figures = differences(expected, ours)
    figures['gradients_bf16'] = differences(expected, gradients(model.backbone, view, bf16=True))['gradients']
    with torch.no_grad(), torch.autocast(setup.device, torch.bfloat16):
        figures['bf16_dtype'] = str(model.backbone(view).dtype)
    with without_cudnn():
        figures['gradients_plain'] = differences(gradients(model.backbone, view), ours)['gradients']
    figures['copies'] = copies(model, draw_views(model, setup.batch_size, setup.device))
    step = partial(encode, model.backbone, view)
    times = in_turn(dict(cudnn=step, plain=without_cudnn()(step)), setup.rounds)
    figures.update({f'{name}_seconds': value for name, value in times.items()})
    return Outcome(figures, dict(loss=1e-5, gradients=1e-4, gradients_plain=1e-4, gradients_bf16=0.2, copies=0))


def encode(backbone: nn.Module, view: Tensor, bf16: bool = False) -> Tensor:
    """Run the forward and backward pass on a view ``(N, M, T, V, C)`` and return the loss."""
    backbone.zero_grad()
    with torch.autocast(view.device.type, torch.bfloat16, enabled=bf16):
        features = backbone(view)
    loss = features.to(view.dtype).square().sum() / len(view)
    loss.backward()
    return loss


def gradients(backbone: nn.Module, view: Tensor, bf16: bool = False) -> Dict[str, Tensor]:
    """Return the loss and the gradients of :func:`encode`."""
    loss = encode(backbone, view, bf16)
    return to_cpu(loss=loss, **{name: parameter.grad for name, parameter in backbone.named_parameters()})


@contextmanager
def without_cudnn() -> Iterator[None]:
    """Use PyTorch's own kernels."""
    torch.backends.cudnn.enabled = False
    try:
        yield
    finally:
        torch.backends.cudnn.enabled = True


def copies(model: nn.Module, views: Tensor) -> int:
    """Return the number of warnings in two training steps that cuDNN's GRU copies its weights."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for _ in range(2):
            loss_and_gradients(model, views)
    return sum('contiguous chunk' in str(warning.message) for warning in caught)


def batch_norm(setup: Setup) -> Outcome:
    """Compare a step of PCM3 before and after the conversion that ``sync_bn='torch'`` makes, in one process.

    ``left`` counts the batch norms that are not converted.
    """
    model = build(setup.pcm3)
    views = draw_views(model, setup.batch_size, setup.device)
    fix_pcm3(model, views.device, model.draw(*views.shape[0:4:3]))
    converted = convert_sync_batchnorm(deepcopy(model)).to(setup.device)
    model.to(setup.device)
    figures = differences(loss_and_gradients(model, views), loss_and_gradients(converted, views))
    theirs = converted.state_dict()
    statistics = [(value, theirs[name]) for name, value in model.state_dict().items() if 'running' in name]
    figures['statistics'] = max(float((ours - other).abs().max()) for ours, other in statistics)
    figures['left'] = sum(isinstance(module, CrossRankBatchNorm) for module in converted.modules())
    return Outcome(figures, dict(loss=1e-5, gradients=1e-5, statistics=1e-5, left=0))


def adamw(setup: Setup, steps: int = 5) -> Outcome:
    """Compare the weights after a few steps of fused and of plain AdamW with the same gradients."""
    start = [parameter.detach().to(setup.device) for parameter in build(setup.mamp).parameters()]
    results = []
    for fused in (False, True):
        weights = [nn.Parameter(value.clone()) for value in start]
        optimizer = torch.optim.AdamW(weights, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, fused=fused)
        for step in range(steps):
            torch.manual_seed(step)
            for weight in weights:
                weight.grad = torch.randn(weight.shape).to(setup.device)
            optimizer.step()
        results.append(torch.cat([(weight - first).detach().flatten() for weight, first in zip(weights, start)]))
    plain, fused = results
    return Outcome(dict(update=float((fused - plain).norm() / plain.norm())), dict(update=1e-4))
