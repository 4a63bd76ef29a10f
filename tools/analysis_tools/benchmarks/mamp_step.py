"""MAMP's training step (forward, backward, optimizer): against the textbook formulation, and by decoder."""

import argparse
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch.utils.flop_counter import FlopCounterMode

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.skeletons import get_layout

from . import textbook_mamp
from .measure import in_turn, matmul_rate, peak_memory, prepare, table

CONFIGS = Path(__file__).parents[3] / 'configs'


class Recipe(NamedTuple):
    """One way to run a training step on samples of two persons, of whom ``persons`` are present."""

    config: str
    batch_size: int
    device: str
    bf16: bool
    persons: int
    textbook: bool = False
    skip: bool = False
    decoder: Optional[dict] = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', default='mamp_ntu120.py', help='pretraining config with a MotionDecoder')
    parser.add_argument('--batch-size', type=positive_int, default=4, help='samples of two persons')
    parser.add_argument('--rounds', type=positive_int, default=5)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--bf16', action='store_true', help='mixed precision')


def sequences(cfg: Config, batch_size: int, device: str, persons: int) -> torch.Tensor:
    backbone = cfg.model.backbone
    shape = backbone.num_frames, get_layout(backbone.layout).num_joints, 3
    inputs = torch.zeros(batch_size, 1, 2, *shape)
    inputs[:, :, :persons] = torch.randn(batch_size, 1, persons, *shape).cumsum(dim=3) * 0.02
    return inputs.to(device)


def step(recipe: Recipe) -> Callable:
    """Build a model and return a function that runs a training step."""
    prepare()
    torch.manual_seed(0)
    cfg = Config.fromfile(CONFIGS / recipe.config)
    cfg.model.neck.update(recipe.decoder or {})
    model = MODELS.build(cfg.model).to(recipe.device)
    model.init_weights()
    model.skip_empty_persons = recipe.skip
    inputs = sequences(cfg, recipe.batch_size, recipe.device, recipe.persons)
    fused = dict() if recipe.textbook else dict(fused=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, **fused)

    def call():
        with torch.autocast(recipe.device, torch.bfloat16, enabled=recipe.bf16):
            loss = textbook_mamp.loss(model, inputs) if recipe.textbook else model.loss(inputs)['loss']
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


def motion_decoder(args: argparse.Namespace) -> dict:
    """Return the settings of the decoder that others are compared with, as deep as that of the config."""
    return dict(type='MotionDecoder', depth=Config.fromfile(CONFIGS / args.config).model.neck.depth)


def name_of(decoder: dict) -> str:
    return f'{decoder["type"]}, {decoder["depth"]} blocks'


def recipes(args: argparse.Namespace, persons: int) -> Dict[str, Recipe]:
    """Return the steps to compare on samples with one or two persons present."""
    plain = motion_decoder(args)
    depth = plain['depth']
    common = Recipe(args.config, args.batch_size, args.device, args.bf16, persons)
    candidates = {'textbook': common._replace(textbook=True)}
    queries = [dict(type='QueryDecoder', share=0.25, depth=each) for each in (depth, max(1, depth // 2))]
    for decoder in (plain, *queries):
        name = name_of(decoder)
        candidates[name] = common._replace(decoder=decoder)
        if persons == 1:
            candidates[f'{name}, absent person skipped'] = common._replace(decoder=decoder, skip=True)
    return candidates


def run(args: argparse.Namespace) -> List[dict]:
    print(f'losses differ by {same_loss(args.config, args.device):.1e} (relative, same noise)')
    rate = matmul_rate(args.device, torch.bfloat16 if args.bf16 else torch.float32)
    print(f'plain matrix product at {rate / 1e9:.0f} GFLOP/s on {args.device}')
    rows, plain = [], name_of(motion_decoder(args))
    for persons in (2, 1):
        candidates = recipes(args, persons)
        steps = {name: step(recipe) for name, recipe in candidates.items()}
        times = in_turn(steps, args.rounds)
        for name, recipe in candidates.items():
            rows.append(
                dict(
                    persons=f'{persons} of 2',
                    candidate=name,
                    seconds=times[name],
                    samples_per_s=args.batch_size / times[name],
                    over_textbook=times['textbook'] / times[name],
                    over_motion_decoder=times[plain] / times[name],
                    matmul_share=flops(steps[name]) / times[name] / rate,
                    peak_GiB=peak_memory(step, recipe) / 2**30,
                )
            )
    table(rows)
    return rows


def flops(call: Callable) -> int:
    """Return the floating-point operations of a step."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()
