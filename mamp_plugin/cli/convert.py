"""Command that converts checkpoints between an official release and this plugin."""

import os
from argparse import ArgumentParser
from collections import Counter
from pickle import UnpicklingError
from typing import Callable

import torch

from mamp_plugin.engine.checkpoints.loading import Weights, load_weights
from mamp_plugin.engine.checkpoints.name_table import NameTable
from mamp_plugin.output_files import open_atomically


def convert_command(description: str, table: NameTable, official_key: str) -> None:
    """Parse the command line, convert a checkpoint and print a summary.

    Args:
        description (str): Help text.
        table (NameTable): Parameter names of the official release and of this plugin.
        official_key (str): Key of the weights in official checkpoints.
    """
    parser = ArgumentParser(description=description)
    parser.add_argument('src', help='checkpoint to read')
    parser.add_argument('dst', help='checkpoint to write')
    parser.add_argument('--reverse', action='store_true', help='convert from this plugin to the official names')
    args = parser.parse_args()
    translate, key = (table.to_official, official_key) if args.reverse else (table.from_official, 'state_dict')
    try:
        weights = convert(args.src, args.dst, translate, key)
    except (ValueError, OSError, RuntimeError, UnpicklingError) as error:
        raise SystemExit(str(error)) from None
    for part, count in Counter(name.split('.')[0] for name in weights).items():
        print(f'{part}: {count} tensors')
    size = sum(value.numel() for value in weights.values())
    print(f'{len(weights)} tensors with {size:,} values written to {args.dst}')


def convert(src: str, dst: str, translate: Callable[[str], str], key: str) -> Weights:
    """Write a copy of a checkpoint's weights with translated names.

    The destination is written completely or not at all.

    Args:
        src (str): Checkpoint to read; only its weights are loaded.
        dst (str): Checkpoint to write.
        translate (callable): Returns the new name of a parameter; raises a KeyError for unknown names.
        key (str): Key of the weights in the new file.

    Returns:
        dict[str, Tensor]: Weights by new name.
    """
    renamed, unknown = {}, []
    for name, value in load_weights(src).items():
        try:
            renamed[translate(name)] = value
        except KeyError:
            unknown.append(name)
    if unknown:
        more = f' and {len(unknown) - 8} more' if len(unknown) > 8 else ''
        raise ValueError(
            f'{src} has {len(unknown)} unknown parameters: {", ".join(unknown[:8])}{more}; nothing was written, '
            'check that the checkpoint is of this method and the direction (--reverse) is right'
        )
    with open_atomically(dst) as file:
        torch.save({key: renamed, 'meta': {'converted_from': os.path.basename(src)}}, file)
    return renamed
