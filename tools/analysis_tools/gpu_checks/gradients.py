"""Loss and gradients of the pretrainers against the CPU's in fp64: same weights, inputs and random draws."""

from copy import deepcopy
from functools import partial
from typing import Callable, Dict, Optional

import torch
from benchmarks.mamp_step import CONFIGS, sequences
from benchmarks.pcm3_step import draw_views
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from torch import Tensor, nn

from mamp_plugin.models.pretrainers.base import SampleList

from .setup import Outcome, Setup, build

#: Largest relative differences that rounding may cause.
LIMITS = dict(loss=1e-5, gradients=1e-4, worst=1e-3, gradients_bf16=0.2)


def mamp(setup: Setup) -> Outcome:
    """Compare MAMP with its decoder of all tokens."""
    return _masked(setup)


def mamp_query(setup: Setup) -> Outcome:
    """Compare MAMP with a cross-attention decoder of a quarter of the hidden tokens."""
    return _masked(setup, type='QueryDecoder', share=0.25)


def _masked(setup: Setup, **neck: object) -> Outcome:
    model = build(setup.mamp, **neck)
    inputs = sequences(Config.fromfile(CONFIGS / setup.mamp), setup.batch_size, 'cpu', persons=2)
    patches = model.backbone.cut(inputs.flatten(0, 2))
    masks = model.masking(patches).unflatten(0, (setup.batch_size, -1))
    samples = [ActionDataSample(mask_ids_keep=mask) for mask in masks]
    noise = torch.rand(model.masking.noise_shape(patches))

    def fix_draws(model: nn.Module, device: torch.device) -> None:
        if neck:
            model.neck.draw_ids = partial(model.neck.draw_ids, uniform=noise.to(device))

    return compare(model, setup.device, inputs, samples, fix_draws)


def pcm3(setup: Setup) -> Outcome:
    """Compare PCM3."""
    model = build(setup.pcm3)
    inputs = draw_views(model, setup.batch_size, 'cpu')
    return compare(model, setup.device, inputs, fix_draws=partial(fix_pcm3, draws=model.draw(*inputs.shape[0:4:3])))


def fix_pcm3(model: nn.Module, device: torch.device, draws: tuple) -> None:
    """Fix the random choices of every step."""
    model.draw = lambda num_samples, num_frames: draws
    model.queue.float()  # the projector returns fp32 also in an fp64 model


def compare(
    model: nn.Module,
    device: str,
    inputs: Tensor,
    samples: Optional[SampleList] = None,
    fix_draws: Callable[[nn.Module, torch.device], None] = lambda model, device: None,
) -> Outcome:
    """Compare a device in fp32 and in bf16 with the CPU in fp64.

    Args:
        model (nn.Module): Pretrainer in fp32 on the CPU.
        device (str): The device.
        inputs (Tensor): A batch in fp32 on the CPU.
        samples (list[ActionDataSample], optional): May bring masks. Defaults to None.
        fix_draws (callable): Fixes the random draws of a model on a device.
    """

    def run(device: str, dtype: torch.dtype, bf16: bool = False) -> Dict[str, Tensor]:
        copy, batch = deepcopy(model).to(device, dtype), inputs.to(device, dtype)
        fix_draws(copy, batch.device)
        return loss_and_gradients(copy, batch, samples, bf16)

    expected = run('cpu', torch.float64)
    figures = differences(expected, run(device, torch.float32))
    figures['gradients_bf16'] = differences(expected, run(device, torch.float32, bf16=True))['gradients']
    return Outcome(figures, LIMITS)


def loss_and_gradients(
    model: nn.Module, inputs: Tensor, samples: Optional[SampleList] = None, bf16: bool = False
) -> Dict[str, Tensor]:
    """Return the loss, under ``'loss'``, and the gradient of every parameter, in fp64 on the CPU."""
    with torch.autocast(inputs.device.type, torch.bfloat16, enabled=bf16):
        loss, _ = model.parse_losses(model(inputs, samples, mode='loss'))
    loss.backward()
    gradients = {name: value.grad for name, value in model.named_parameters() if value.requires_grad}
    return to_cpu(loss=loss, **gradients)


def to_cpu(**values: Tensor) -> Dict[str, Tensor]:
    """Return tensors in fp64 on the CPU."""
    return {name: value.detach().double().cpu() for name, value in values.items()}


def differences(expected: Dict[str, Tensor], actual: Dict[str, Tensor]) -> Dict[str, object]:
    """Return relative differences of two results of :func:`loss_and_gradients`.

    Returns:
        dict: ``loss``; ``gradients``, all of them as one vector; ``worst``, the gradient of a single parameter, with
        its name as ``worst_name``. The last is relative to at least a hundredth of the largest gradient, since
        gradients that cancel exactly consist of rounding errors.
    """
    expected, actual = dict(expected), dict(actual)
    loss = expected.pop('loss')
    loss_difference = (actual.pop('loss') - loss).abs() / loss.abs()
    norms = {name: value.norm() for name, value in expected.items()}
    errors = {name: (actual[name] - value).norm() for name, value in expected.items()}
    floor = 1e-2 * max(norms.values())
    shares = {name: float(error / norms[name].clamp(min=floor)) for name, error in errors.items()}
    worst = max(shares, key=shares.get)
    total = torch.stack(list(errors.values())).norm() / torch.stack(list(norms.values())).norm()
    return dict(loss=float(loss_difference), gradients=float(total), worst=shares[worst], worst_name=worst)
