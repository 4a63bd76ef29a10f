"""PCM3's encoder and training step against frame-by-frame and view-by-view computation of the same."""

import argparse
from functools import partial
from pathlib import Path
from typing import Callable, List, Sequence

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from torch import Tensor, nn

from mamp_plugin.cli.arguments import positive_int

from .measure import in_turn, matmul_rate, peak_memory, prepare, table

CONFIG = Path(__file__).parents[3] / 'configs/pcm3_ntu60.py'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--batch-size', type=positive_int, default=16)
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--bf16', action='store_true', help='mixed precision')


class FrameByFrame:
    """Encoder of the official release: a "bidirectional" GRU that is given one frame at a time."""

    def __init__(self, backbone: nn.Module) -> None:
        self.backbone = backbone
        first = backbone.layers[0].first
        self.gru = nn.GRU(first.input_size, first.hidden_size, len(backbone.layers), bidirectional=True)
        for index, layer in enumerate(backbone.layers):
            for gru, suffix in ((layer.first, ''), (layer.second, '_reverse')):
                for name in ('weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'):
                    setattr(self.gru, f'{name}_l{index}{suffix}', getattr(gru, f'{name}_l0'))

    def __call__(self, views: Sequence[Tensor], prompts=None) -> List[Tensor]:
        return [self.encode(self.backbone.normalize(view)) for view in views]

    def encode(self, frames: Tensor) -> Tensor:
        state, outputs = None, []
        for frame in frames:
            output, state = self.gru(frame[None], state)
            outputs.append(output[0])
        return torch.stack(outputs, dim=2)[:, None, ..., None]  # (N, 1, D, T, 1)


def build(device: str) -> nn.Module:
    prepare()
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(CONFIG).model).to(device)
    model.init_weights()
    return model


def encoder(batch_size: int, device: str, bf16: bool, plain: bool) -> Callable:
    """Build an encoder and return a function that runs its forward and backward pass."""
    backbone = build(device).backbone
    encode = FrameByFrame(backbone) if plain else backbone.encode_views
    view = torch.randn(batch_size, 2, 64, 25, 3, device=device)

    def call():
        backbone.zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            features = encode([view])[0]
        features.float().square().mean().backward()

    return call


def step(batch_size: int, device: str, bf16: bool, plain: bool) -> Callable:
    """Build a model and return a function that runs a training step."""
    model = build(device)
    if plain:
        for backbone in (model.backbone, model.key_encoder.backbone):
            backbone.encode_views = FrameByFrame(backbone)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    views = torch.randn(batch_size, 3, 2, 64, 25, 3, device=device)

    def call():
        optimizer.zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            losses = model(views, mode='loss')
        model.parse_losses(losses)[0].backward()
        optimizer.step()

    return call


def encoder_work(batch_size: int) -> float:
    """Return the FLOPs of a forward pass of the encoder: matrix products of its GRUs."""
    return 2 * 64 * batch_size * sum(2 * 3 * 1024 * (width + 1024) for width in (150, 2048, 2048))


def step_work(batch_size: int) -> float:
    """Return the FLOPs of a step: encoder (4 passes with gradients, 1 without), decoder (2), projector and queue."""
    decoder = 2 * 64 * batch_size * (2048 * 512 + 512 * 512 + 2 * 3 * 512 * 1024 + 512 * 150)
    projector = 2 * batch_size * (2048 * 2048 + 2048 * 128)
    queue = 2 * batch_size * 128 * 16384
    return encoder_work(batch_size) * (4 * 3 + 1) + decoder * 2 * 3 + projector * (4 * 3 + 1) + queue * (4 * 2 + 2)


def same_features(device: str) -> float:
    """Return the largest relative difference of both encoders' features in training mode."""
    backbone = build(device).backbone
    view = torch.randn(4, 2, 64, 25, 3, device=device)
    ours, plain = backbone.encode_views([view])[0].detach(), FrameByFrame(backbone)([view])[0].detach()
    return float((ours - plain).abs().max() / plain.abs().max())


def run(args: argparse.Namespace) -> List[dict]:
    print(f'features differ by {same_features(args.device):.1e} (relative)')
    rate = matmul_rate(args.device, torch.bfloat16 if args.bf16 else torch.float32)
    common = args.batch_size, args.device, args.bf16
    rows = []
    encoder_pass = 3 * encoder_work(args.batch_size)  # backward takes twice the FLOPs of forward
    for what, make, work in (('encoder', encoder, encoder_pass), ('step', step, step_work(args.batch_size))):
        names = {f'{what}, frame by frame': True, f'{what}, ours': False}
        times = in_turn({name: make(*common, plain) for name, plain in names.items()}, args.rounds)
        for name, plain in names.items():
            rows.append(
                dict(
                    candidate=name,
                    seconds=times[name],
                    samples_per_s=args.batch_size / times[name],
                    speedup=times[f'{what}, frame by frame'] / times[name],
                    matmul_share=work / times[name] / rate,
                    peak_GiB=peak_memory(partial(make, *common), plain) / 2**30,
                )
            )
    print(f'plain matrix product at {rate / 1e9:.0f} GFLOP/s on {args.device}')
    table(rows)
    return rows
