"""MAMP's training step (forward, backward, optimizer): against the textbook formulation, and by decoder."""

import argparse
from functools import partial
from pathlib import Path
from typing import Callable, List, Optional

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch.utils.flop_counter import FlopCounterMode

from mamp_plugin.cli.arguments import positive_int

from . import textbook_mamp
from .measure import in_turn, matmul_rate, peak_memory, prepare, table

CONFIGS = Path(__file__).parents[3] / 'configs'
#: Sequences with one person and an absent second one, as most of NTU RGB+D.
SINGLE_PERSON = 'our step, one person in two, absent ones skipped'
#: Decoders to compare, all of the encoder's width.
DECODERS = {
    f'{decoder}, {depth} blocks': dict(dict(type=decoder, depth=depth), **settings)
    for depth in (5, 2)
    for decoder, settings in (('MotionDecoder', {}), ('QueryDecoder', dict(share=0.25)))
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', default='mamp_ntu120.py', help='pretraining config')
    parser.add_argument('--batch-size', type=positive_int, default=4, help='samples of two persons')
    parser.add_argument('--rounds', type=positive_int, default=5)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--bf16', action='store_true', help='mixed precision')


def sequences(cfg: Config, batch_size: int, device: str, persons: int) -> torch.Tensor:
    backbone = cfg.model.backbone
    inputs = torch.zeros(batch_size, 1, 2, backbone.num_frames, 25, 3)
    steps = torch.randn(batch_size, 1, persons, backbone.num_frames, 25, 3)
    inputs[:, :, :persons] = steps.cumsum(dim=3) * 0.02
    return inputs.to(device)


def step(
    config: str,
    batch_size: int,
    device: str,
    bf16: bool,
    textbook: bool,
    persons: int = 2,
    decoder: Optional[dict] = None,
) -> Callable:
    """Build a model, with the settings of another decoder if given, and return a function that runs a training step."""
    prepare()
    torch.manual_seed(0)
    cfg = Config.fromfile(CONFIGS / config)
    cfg.model.neck.update(decoder or {})
    model = MODELS.build(cfg.model).to(device)
    model.init_weights()
    model.skip_empty_persons = persons < 2 and not textbook
    inputs = sequences(cfg, batch_size, device, persons)
    fused = dict() if textbook else dict(fused=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, **fused)

    def call():
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            loss = textbook_mamp.loss(model, inputs) if textbook else model.loss(inputs)['loss']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return call


def same_loss(config: str, device: str) -> float:
    """Return the relative difference of both losses for the same masking noise."""
    prepare()
    cfg = Config.fromfile(CONFIGS / config)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).to(device)
    model.init_weights()
    inputs = sequences(cfg, 1, device, 2)
    noise = torch.rand(2, model.backbone.grid_size[0] * model.backbone.grid_size[1], device=device)
    model.masking.forward = partial(model.masking.forward, uniform=noise)
    with torch.no_grad():
        ours, plain = model.loss(inputs)['loss'], textbook_mamp.loss(model, inputs, noise)
    return float((ours - plain).abs() / plain)


def run(args: argparse.Namespace) -> List[dict]:
    return against_textbook(args) + by_decoder(args)


def by_decoder(args: argparse.Namespace) -> List[dict]:
    """Compare steps with each decoder, with two persons, and with one whose absent second is skipped."""
    rows = []
    for persons, name in ((2, 'two persons'), (1, 'one person in two, absent ones skipped')):
        recipes = {
            decoder: (args.config, args.batch_size, args.device, args.bf16, False, persons, settings)
            for decoder, settings in DECODERS.items()
        }
        times = in_turn({decoder: step(*recipe) for decoder, recipe in recipes.items()}, args.rounds)
        for decoder, recipe in recipes.items():
            baseline = decoder.replace('QueryDecoder', 'MotionDecoder')
            rows.append(
                dict(
                    candidate=f'{decoder}, {name}',
                    seconds=times[decoder],
                    samples_per_s=args.batch_size / times[decoder],
                    speedup=times[baseline] / times[decoder],
                    peak_GiB=peak_memory(step, *recipe) / 2**30,
                )
            )
    table(rows)
    return rows


def against_textbook(args: argparse.Namespace) -> List[dict]:
    """Compare our step with the textbook's, with two persons and with one."""
    print(f'losses differ by {same_loss(args.config, args.device):.1e} (relative, same noise)')
    common = args.config, args.batch_size, args.device, args.bf16
    recipes = {
        'textbook step': (*common, True),
        'our step': (*common, False),
        'textbook step, one person in two': (*common, True, 1),
        SINGLE_PERSON: (*common, False, 1),
    }
    steps = {name: step(*recipe) for name, recipe in recipes.items()}
    with FlopCounterMode(display=False) as counter:
        steps['textbook step']()
    work = counter.get_total_flops()
    rate = matmul_rate(args.device, torch.bfloat16 if args.bf16 else torch.float32)
    times = in_turn(steps, args.rounds)
    rows = []
    for name, recipe in recipes.items():
        plain = 'textbook step, one person in two' if 'one person' in name else 'textbook step'
        done = work / 2 if name == SINGLE_PERSON else work
        rows.append(
            dict(
                candidate=name,
                seconds=times[name],
                samples_per_s=args.batch_size / times[name],
                speedup=times[plain] / times[name],
                matmul_share=done / times[name] / rate,
                peak_GiB=peak_memory(step, *recipe) / 2**30,
            )
        )
    print(f'{work / 1e9:.0f} GFLOP a step; plain matrix product at {rate / 1e9:.0f} GFLOP/s on {args.device}')
    table(rows)
    return rows
