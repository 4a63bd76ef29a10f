"""Training steps of both methods against the textbook formulation: time, share of the matrix product rate, memory."""

from argparse import Namespace
from functools import partial
from typing import Callable, Dict, List

import torch
from benchmarks import mamp_step, pcm3_step
from benchmarks.measure import in_turn, matmul_rate, peak_allocated

from .setup import Outcome, Setup


def mamp(setup: Setup, bf16: bool = False) -> Outcome:
    """Time MAMP's step by decoder, with one and with two persons present.

    ``loss`` is the difference of our loss and the textbook's.
    """
    rate = _rate(setup, bf16)
    args = Namespace(config=setup.mamp, batch_size=setup.mamp_batch_size, device=setup.device, bf16=bf16)
    rows = []
    for persons in (2, 1):
        recipes = mamp_step.recipes(args, persons)
        steps = {name: partial(mamp_step.step, recipe) for name, recipe in recipes.items()}
        times = compare(steps, args.batch_size, setup, mamp_step.flops, rate)
        rows += [dict(persons=f'{persons} of 2', **row) for row in times]
    with torch.autocast(setup.device, torch.bfloat16, enabled=bf16):
        difference = mamp_step.same_loss(setup.mamp, setup.device)
    figures = dict(loss=difference, matmul_TFLOP_per_s=rate / 1e12)
    return Outcome(figures, dict(loss=0.02 if bf16 else 1e-4), rows)


def pcm3(setup: Setup, bf16: bool = False) -> Outcome:
    """Time PCM3's step against encoding frame by frame, as the released code does.

    ``features`` is the difference of both encoders' features.
    """
    rate = _rate(setup, bf16)
    common = setup.pcm3, setup.pcm3_batch_size, setup.device, bf16
    work = pcm3_step.step_work(pcm3_step.build(setup.pcm3, setup.device), setup.pcm3_batch_size)
    steps = {
        name: partial(pcm3_step.step, *common, plain) for name, plain in (('frame by frame', True), ('ours', False))
    }
    rows = compare(steps, setup.pcm3_batch_size, setup, lambda step: work, rate)
    with torch.autocast(setup.device, torch.bfloat16, enabled=bf16):
        difference = pcm3_step.same_features(setup.pcm3, setup.device)
    figures = dict(features=difference, matmul_TFLOP_per_s=rate / 1e12)
    return Outcome(figures, dict(features=0.05 if bf16 else 1e-4), rows)


def compare(
    makers: Dict[str, Callable], batch_size: int, setup: Setup, flops: Callable[[Callable], float], rate: float
) -> List[dict]:
    """Return one row per candidate; the first is what others are compared with.

    Args:
        makers (dict[str, callable]): Functions that build a training step.
        batch_size (int): Samples of a step.
        setup (Setup): Device and rounds.
        flops (callable): Returns the FLOPs of a step.
        rate (float): FLOP/s of a matrix product.
    """
    # one after the other, so that the models of others do not count
    peaks = {name: peak_allocated(make) / 2**30 if setup.device == 'cuda' else None for name, make in makers.items()}
    steps = {name: make() for name, make in makers.items()}
    times = in_turn(steps, setup.rounds)
    first = next(iter(times.values()))
    return [
        dict(
            candidate=name,
            seconds=times[name],
            samples_per_s=batch_size / times[name],
            speedup=first / times[name],
            matmul_share=flops(step) / times[name] / rate,
            peak_GiB=peaks[name],
        )
        for name, step in steps.items()
    ]


def _rate(setup: Setup, bf16: bool) -> float:
    return matmul_rate(setup.device, torch.bfloat16 if bf16 else torch.float32, setup.matmul_size)
