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

CONFIGS = Path(__file__).parents[3] / 'configs'
#: Frames of a view.
FRAMES = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--config', default='pcm3_ntu60.py', help='pretraining config with a SkeletonGRU')
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
        self.gru.flatten_parameters()  # else cuDNN copies the weights for every frame

    def __call__(self, views: Sequence[Tensor], prompts=None) -> List[Tensor]:
        return [self.encode(self.backbone.normalize(view)) for view in views]

    def encode(self, frames: Tensor) -> Tensor:
        state, outputs = None, []
        for frame in frames:
            output, state = self.gru(frame[None], state)
            outputs.append(output[0])
        return torch.stack(outputs, dim=2)[:, None, ..., None]  # (N, 1, D, T, 1)


def build(config: str, device: str) -> nn.Module:
    prepare()
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(CONFIGS / config).model).to(device)
    model.init_weights()
    return model


def draw_views(model: nn.Module, batch_size: int, device: str) -> Tensor:
    """Draw three views of each sequence, ``(N, 3, M, T, V, C)``."""
    persons, joints, coordinates = model.frame_shape
    return torch.randn(batch_size, 3, persons, FRAMES, joints, coordinates, device=device)


def encoder(config: str, batch_size: int, device: str, bf16: bool, plain: bool) -> Callable:
    """Build an encoder and return a function that runs its forward and backward pass."""
    model = build(config, device)
    backbone = model.backbone
    encode = FrameByFrame(backbone) if plain else backbone.encode_views
    view = draw_views(model, batch_size, device)[:, 0]

    def call():
        backbone.zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            features = encode([view])[0]
        features.float().square().mean().backward()

    return call


def step(config: str, batch_size: int, device: str, bf16: bool, plain: bool) -> Callable:
    """Build a model and return a function that runs a training step."""
    model = build(config, device)
    if plain:
        for backbone in (model.backbone, model.key_encoder.backbone):
            backbone.encode_views = FrameByFrame(backbone)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    views = draw_views(model, batch_size, device)

    def call():
        optimizer.zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            losses = model(views, mode='loss')
        model.parse_losses(losses)[0].backward()
        optimizer.step()

    return call


def work(module: nn.Module, vectors: int) -> int:
    """Return the FLOPs of the matrix products of a module's forward pass, given the number of vectors it maps."""
    return 2 * vectors * sum(parameter.numel() for parameter in module.parameters() if parameter.ndim == 2)


def step_work(model: nn.Module, batch_size: int) -> int:
    """Return the FLOPs of a step: encoder (4 passes with gradients, 1 without), decoder (2), projector and queue."""
    frames = batch_size * FRAMES
    queue = 2 * batch_size * model.queue.queue.numel()
    encoders = work(model.backbone, frames) + work(model.projector, batch_size)
    return encoders * (4 * 3 + 1) + work(model.decoder, frames) * 2 * 3 + queue * (4 * 2 + 2)


def same_features(config: str, device: str) -> float:
    """Return the largest relative difference of both encoders' features in training mode."""
    model = build(config, device)
    backbone, view = model.backbone, draw_views(model, 4, device)[:, 0]
    ours, plain = backbone.encode_views([view])[0].detach(), FrameByFrame(backbone)([view])[0].detach()
    return float((ours - plain).abs().max() / plain.abs().max())


def run(args: argparse.Namespace) -> List[dict]:
    print(f'features differ by {same_features(args.config, args.device):.1e} (relative)')
    rate = matmul_rate(args.device, torch.bfloat16 if args.bf16 else torch.float32)
    common = args.config, args.batch_size, args.device, args.bf16
    model = build(args.config, args.device)
    encoder_pass = 3 * work(model.backbone, args.batch_size * FRAMES)  # backward takes twice the FLOPs of forward
    rows = []
    for what, make, flops in (('encoder', encoder, encoder_pass), ('step', step, step_work(model, args.batch_size))):
        names = {f'{what}, frame by frame': True, f'{what}, ours': False}
        times = in_turn({name: make(*common, plain) for name, plain in names.items()}, args.rounds)
        for name, plain in names.items():
            rows.append(
                dict(
                    candidate=name,
                    seconds=times[name],
                    samples_per_s=args.batch_size / times[name],
                    speedup=times[f'{what}, frame by frame'] / times[name],
                    matmul_share=flops / times[name] / rate,
                    peak_GiB=peak_memory(partial(make, *common), plain) / 2**30,
                )
            )
    print(f'plain matrix product at {rate / 1e9:.0f} GFLOP/s on {args.device}')
    table(rows)
    return rows
