"""Features by load_encoder, pipeline included, against the bare backbone on batches that are ready."""

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import Callable, List

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import save_checkpoint
from torch import Tensor

from mamp_plugin import load_encoder
from mamp_plugin.apis import SkeletonEncoder, build_pretrainer
from mamp_plugin.cli.arguments import positive_int

from .measure import in_turn, prepare, table

CONFIGS = Path(__file__).parents[3] / 'configs'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--configs', nargs='+', default=['mamp_synthetic', 'pcm3_synthetic'], help='names in configs/')
    parser.add_argument('--sequences', type=positive_int, default=1000)
    parser.add_argument('--frames', type=positive_int, default=100)
    parser.add_argument('--batch-size', type=positive_int, default=64)
    parser.add_argument('--rounds', type=positive_int, default=3)


def make_encoder(name: str) -> SkeletonEncoder:
    """Load the encoder of a config with random weights from a checkpoint."""
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/random.pth'
        content = dict(meta=dict(cfg=cfg.pretty_text), state_dict=build_pretrainer(cfg).state_dict())
        save_checkpoint(content, path)
        return load_encoder(path)


def bare(encoder: SkeletonEncoder, batches: List[Tensor]) -> Callable:
    """Return a function that runs the backbone on batches ``(N, M, T, V, C)``."""

    def call():
        with torch.no_grad():
            for batch in batches:
                encoder.backbone(batch)

    return call


def run(args: argparse.Namespace) -> List[dict]:
    torch.set_num_threads(1)
    prepare()
    np.random.seed(0)
    pairs = list(np.random.randn(args.sequences, 2, args.frames, 25, 3).astype(np.float32))
    rows = []
    for name in args.configs:
        encoder = make_encoder(name)
        for persons in (2, 1):
            sequences = [pair[:persons] for pair in pairs]
            clips = torch.stack([encoder.prepare(each, '')[0] for each in sequences])
            batches = [batch.to(encoder.device) for batch in clips.split(args.batch_size)]
            candidates = {
                'backbone, ready batches': bare(encoder, batches),
                'load_encoder': partial(encoder, sequences, batch_size=args.batch_size),
            }
            times = in_turn(candidates, args.rounds)
            rows += [
                dict(
                    config=name,
                    persons=persons,
                    candidate=candidate,
                    sequences_per_s=args.sequences / seconds,
                    share=times['backbone, ready batches'] / seconds,
                )
                for candidate, seconds in times.items()
            ]
    table(rows)
    return rows
