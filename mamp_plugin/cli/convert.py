"""Rewrites checkpoints under other parameter names."""

import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from typing import Callable, Dict

import torch
from mmengine.runner.checkpoint import CheckpointLoader

#: Where programs keep the weights in their checkpoints.
_WEIGHTS = ('state_dict', 'model')


def converter_args(description: str) -> Namespace:
    """The command line of a converter between official checkpoints and ours."""
    parser = ArgumentParser(description=description)
    parser.add_argument('src', help='checkpoint to read')
    parser.add_argument('dst', help='checkpoint to write')
    parser.add_argument('--reverse', action='store_true', help='from ours to the official names')
    return parser.parse_args()


def convert(src: str, dst: str, translate: Callable[[str], str], key: str = 'state_dict') -> Dict[str, torch.Tensor]:
    """Writes a checkpoint again with every parameter renamed.

    Only weights are read; nothing in the file is run. The destination appears whole or not at all.

    Args:
        src (str): Checkpoint to read.
        dst (str): Checkpoint to write.
        translate (callable): The new name of a parameter; a KeyError if there is none.
        key (str): Where the new file keeps its weights. Defaults to 'state_dict'.

    Returns:
        dict[str, Tensor]: The weights under their new names.
    """
    renamed, unknown = {}, []
    for name, value in load_weights(src).items():
        try:
            renamed[translate(name)] = value
        except KeyError:
            unknown.append(name)
    if unknown:
        raise SystemExit(
            f'{src} has {len(unknown)} parameters that this converter does not know: {", ".join(unknown)}. '
            'Nothing was written; check that the file is of this method and the direction (--reverse) is right.'
        )
    partial = f'{dst}.partial'
    torch.save({key: renamed, 'meta': {'converted_from': os.path.basename(src)}}, partial)
    os.replace(partial, dst)
    return renamed


def load_weights(path: str) -> Dict[str, torch.Tensor]:
    """The parameters in a checkpoint, without the prefix of data parallel wrappers."""
    # official checkpoints may carry the command line they were trained with, a bag of plain values
    with torch.serialization.safe_globals([Namespace]):
        content = CheckpointLoader.load_checkpoint(path, map_location='cpu', logger='silent')
    weights = next((content[key] for key in _WEIGHTS if isinstance(content, dict) and key in content), content)
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise SystemExit(f'{path} holds no weights under {" or ".join(_WEIGHTS)}; give a checkpoint of a model')
    return {name[len('module.') :] if name.startswith('module.') else name: value for name, value in weights.items()}


def report(weights: Dict[str, torch.Tensor], dst: str) -> None:
    """Tells what was written, part by part."""
    for part, count in Counter(name.split('.')[0] for name in weights).items():
        print(f'{part}: {count} tensors')
    print(f'{len(weights)} tensors, {sum(value.numel() for value in weights.values()):,} numbers written to {dst}')
