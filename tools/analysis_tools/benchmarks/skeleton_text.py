"""Speed of the NTU RGB+D text reader, ``np.loadtxt`` on the lines of joints, against plain Python on one core."""

import argparse
from typing import List

import numpy as np

from mamp_plugin.cli.arguments import positive_int
from mamp_plugin.datasets.preparation.formats.ntu_text import read_bodies
from mamp_plugin.skeletons import get_layout

from .measure import in_turn, table

JOINTS = get_layout('nturgb+d').num_joints


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--frames', type=positive_int, default=80, help='frames per file')
    parser.add_argument('--files', type=positive_int, default=20, help='files per round')
    parser.add_argument('--rounds', type=positive_int, default=7)


def write_text(frames: int) -> bytes:
    """Return the text of a file with one person, with the digits and line ends of the data set."""
    draw = np.random.default_rng(0)
    scale = np.array([1, 1, 1, 500, 400, 1900, 1000, 1, 1, 1, 1])
    lines = [str(frames)]
    for values in draw.normal(size=(frames, JOINTS, len(scale))) * scale:
        lines += ['1', '72057594037944738 0 1 1 0 0 0 0.1023 -0.3021 2', str(JOINTS)]
        lines += [' '.join(f'{value:.7g}' for value in joint) + ' 2' for joint in values]
    return '\r\n'.join(lines).encode() + b'\r\n'


def line_by_line(text: bytes, values: int) -> np.ndarray:
    """Return coordinates, ``(bodies, V, 3)``; only the first ``values`` of each joint are converted."""
    lines = iter(text.decode().split('\n'))
    bodies = []
    for _ in range(int(next(lines))):
        for _ in range(int(next(lines))):
            next(lines)
            rows = [[float(value) for value in next(lines).split()[:values]] for _ in range(int(next(lines)))]
            bodies.append([row[:3] for row in rows])
    return np.array(bodies, np.float32)


def run(args: argparse.Namespace) -> List[dict]:
    text = write_text(args.frames)
    np.testing.assert_array_equal(read_bodies(text, JOINTS, '').joints, line_by_line(text, 12))
    candidates = {
        'line by line, 12 values': lambda: line_by_line(text, 12),
        'line by line, x y z': lambda: line_by_line(text, 3),
        'read_bodies': lambda: read_bodies(text, JOINTS, ''),
    }
    repeated = {name: lambda call=call: [call() for _ in range(args.files)] for name, call in candidates.items()}
    times = {name: spent / args.files for name, spent in in_turn(repeated, args.rounds).items()}
    print(f'files of {args.frames} frames, {len(text) / 1e3:.0f} kB, all read to the same coordinates')
    rows = [
        dict(
            candidate=name,
            ms_per_file=1e3 * spent,
            MB_per_s=len(text) / spent / 1e6,
            relative=spent / times['read_bodies'],
        )
        for name, spent in times.items()
    ]
    table(rows)
    return rows
