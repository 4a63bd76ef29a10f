"""MAMP's data pipeline against the official release's data loading and mmaction2's skeleton pipeline, per core."""

import argparse
from typing import Callable, List

import numpy as np
import torch
from mmengine.dataset import Compose
from torch.nn import functional as F

import mamp_plugin  # noqa: F401  (registers mmaction2's transforms and ours)
from mamp_plugin.cli.arguments import positive_int

from .measure import in_turn, prepare, table

OURS = [
    dict(type='CenterSkeleton', frame='first', layout='nturgb+d'),
    dict(type='CropResizeFrames', window=120, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
MMACTION2 = [
    dict(type='PreNormalize3D'),
    dict(type='GenSkeFeat', dataset='nturgb+d', feats=['j']),
    dict(type='UniformSampleFrames', clip_len=100),
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--samples', type=positive_int, default=200, help='samples per round')
    parser.add_argument('--rounds', type=positive_int, default=7)


def reference_sample(keypoint: np.ndarray) -> torch.Tensor:
    """Crop, resize and rotate a sequence ``(C, n, V, M)`` with PyTorch operators, as the official release does."""
    coordinates, frames, joints, persons = keypoint.shape
    valid = int((keypoint.sum(axis=(0, 2, 3)) != 0).sum())
    length = min(max(int(valid * np.random.uniform(0.5, 1)), 64), valid)
    begin = np.random.randint(0, valid - length + 1)
    data = torch.tensor(keypoint[:, begin : begin + length], dtype=torch.float)
    data = data.permute(0, 2, 3, 1).reshape(coordinates * joints * persons, length)[None, :, :, None]
    data = F.interpolate(data, size=(120, 1), mode='bilinear', align_corners=False).squeeze(3).squeeze(0)
    data = data.reshape(coordinates, joints, persons, 120).permute(0, 3, 1, 2)
    # one rotation matrix per frame, all equal
    angles = torch.zeros(3).uniform_(-0.3, 0.3).repeat(120, 1)
    cos, sin, zeros, ones = angles.cos(), angles.sin(), torch.zeros(120), torch.ones(120)

    def matrices(*rows):
        return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=1)

    about_x = matrices((ones, zeros, zeros), (zeros, cos[:, 0], sin[:, 0]), (zeros, -sin[:, 0], cos[:, 0]))
    about_y = matrices((cos[:, 1], zeros, -sin[:, 1]), (zeros, ones, zeros), (sin[:, 1], zeros, cos[:, 1]))
    about_z = matrices((cos[:, 2], sin[:, 2], zeros), (-sin[:, 2], cos[:, 2], zeros), (zeros, zeros, ones))
    rotation = about_z.matmul(about_y).matmul(about_x)
    data = data.permute(1, 0, 2, 3).reshape(120, coordinates, joints * persons)
    data = torch.matmul(rotation, data).view(120, coordinates, joints, persons)
    return data.permute(1, 0, 2, 3).contiguous()


def chain(pipeline: list, keypoint: np.ndarray, samples: int) -> Callable:
    """Return a function that runs a pipeline repeatedly and keeps the last samples, as a batch does."""
    transform = Compose(pipeline)

    def call():
        kept = []
        for _ in range(samples):
            sample = dict(keypoint=keypoint, total_frames=keypoint.shape[1], label=0, frame_dir='x', test_mode=False)
            sample.update(start_index=0, modality='Pose', layout='nturgb+d')
            kept = [*kept[-15:], transform(sample)]

    return call


def run(args: argparse.Namespace) -> List[dict]:
    torch.set_num_threads(1)
    prepare()
    np.random.seed(0)
    short, long = (np.random.randn(2, frames, 25, 3).astype(np.float32) for frames in (100, 300))
    single = short.copy()
    single[1] = 0
    reference = np.ascontiguousarray(short.transpose(3, 1, 2, 0))

    def load_reference():
        kept = []
        for _ in range(args.samples):
            kept = [*kept[-15:], reference_sample(reference)]

    slow = max(args.samples // 10, 10)
    groups = {
        '100 valid frames': {
            'reference (F.interpolate)': (load_reference, args.samples),
            'ours': (chain(OURS, short, args.samples), args.samples),
            'ours, second person absent': (chain(OURS, single, args.samples), args.samples),
        },
        '300 frames': {
            'mmaction2 (PreNormalize3D)': (chain(MMACTION2, long, slow), slow),
            'ours': (chain(OURS, long, args.samples), args.samples),
        },
    }
    rows = []
    for group, candidates in groups.items():
        times = in_turn({name: call for name, (call, _) in candidates.items()}, args.rounds)
        rates = {name: count / times[name] for name, (_, count) in candidates.items()}
        first = next(iter(rates.values()))
        rows += [
            dict(data=group, candidate=name, samples_per_s_per_core=rate, speedup=rate / first)
            for name, rate in rates.items()
        ]
    table(rows)
    return rows
