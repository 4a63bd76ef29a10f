"""Load encoder weights from a checkpoint, with explained mismatches."""

import re
from fnmatch import fnmatch
from typing import Dict, Iterable, List, NamedTuple, Tuple

from torch import nn

from .loading import Weights

Shapes = Dict[str, Tuple[Tuple[int, ...], Tuple[int, ...]]]
#: Prefixes found only in checkpoints of the official releases, and the command that converts them.
_OFFICIAL = (
    (('joints_embed.', 'temp_embed', 'decoder_embed.'), 'MAMP', 'mamp_official.py'),
    (('encoder_q.', 'encoder_k.'), 'PCM3', 'pcm3_official.py'),
)


class Mismatch(NamedTuple):
    """Differences between the weights of a checkpoint and those of a module.

    Args:
        missing (list[str]): Names missing from the checkpoint.
        unexpected (list[str]): Names missing from the module.
        reshaped (dict[str, tuple]): Shapes in the checkpoint and in the module of weights that differ in shape.
    """

    missing: List[str]
    unexpected: List[str]
    reshaped: Shapes


class Encoder(NamedTuple):
    """Encoder of a pretrained model.

    Args:
        weights (dict[str, Tensor]): Weights by their names in the backbone.
        left_out (dict[str, tuple]): Shapes in the checkpoint and in the backbone of weights that belong to the joints
            of another skeleton layout.
        dropped (list[str]): Modules of the pretrained model outside its encoder.
    """

    weights: Weights
    left_out: Shapes
    dropped: List[str]


def compare(weights: Weights, module: nn.Module) -> Mismatch:
    """Compare names and shapes.

    Names listed in ``resized_on_load`` of a submodule (optional, none by default) may have any shape.
    """
    own = module.state_dict()
    resized = {
        f'{prefix}.{name}'.lstrip('.')
        for prefix, part in module.named_modules()
        for name in getattr(part, 'resized_on_load', ())
    }
    shapes = {name: (tuple(weights[name].shape), tuple(own[name].shape)) for name in own if name in weights}
    return Mismatch(
        # older checkpoints lack this counter, and nothing depends on it
        [name for name in own if name not in weights and not name.endswith('num_batches_tracked')],
        [name for name in weights if name not in own],
        {name: (given, has) for name, (given, has) in shapes.items() if given != has and name not in resized},
    )


def take_encoder(
    weights: Weights, backbone: nn.Module, prefix: str, source: str, name: str = 'model.backbone'
) -> Encoder:
    """Take the encoder of a pretrained model for a backbone of the same architecture.

    Weights matched by the patterns in ``joint_parameters`` of the backbone are left out if their shapes differ, as
    those of another skeleton layout do. The attribute is part of ``SkeletonBackbone`` and optional for other backbones.

    Args:
        weights (dict[str, Tensor]): All weights of the pretrained model.
        backbone (nn.Module): Backbone to load the encoder into; it is not modified.
        prefix (str): Prefix of the encoder's names in ``weights``. Without one, top-level modules that the backbone
            lacks are dropped, such as a classifier.
        source (str): Name of the checkpoint for error messages.
        name (str): Name of the backbone for error messages. Defaults to 'model.backbone'.

    Returns:
        Encoder: Weights for the backbone.

    Raises:
        ValueError: The encoder is missing or does not fit the backbone.
    """
    encoder = under(weights, prefix)
    if not prefix:
        own = {key.split('.')[0] for key in backbone.state_dict()}
        encoder = {key: value for key, value in encoder.items() if key.split('.')[0] in own}
    if not encoder:
        place = f"under '{prefix}'" if prefix else f'of {name}'
        raise ValueError(f'{source} has no parameter {place}; it has {_parts(weights)}. {_remedy(weights)}')
    mismatch = compare(encoder, backbone)
    patterns = getattr(backbone, 'joint_parameters', ())
    left_out = {
        key: shapes for key, shapes in mismatch.reshaped.items() if any(fnmatch(key, pattern) for pattern in patterns)
    }
    reshaped = {key: shapes for key, shapes in mismatch.reshaped.items() if key not in left_out}
    if mismatch.missing or mismatch.unexpected or reshaped:
        raise ValueError(_refusal(mismatch._replace(reshaped=reshaped), encoder, backbone, source, name))
    taken = {prefix + key for key in encoder}
    dropped = sorted({key.split('.')[0] for key in weights if key not in taken})
    return Encoder({key: value for key, value in encoder.items() if key not in left_out}, left_out, dropped)


def under(weights: Weights, prefix: str) -> Weights:
    """Return the weights whose names have a prefix, by the rest of their names."""
    return {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}


def check_complete(weights: Weights, model: nn.Module, source: str) -> None:
    """Raise a ValueError unless a checkpoint has all weights of a model."""
    missing, _, reshaped = compare(weights, model)
    if missing:
        raise ValueError(
            f'{source} lacks {_parts(missing)} of the model, which would be tested with random weights; it has '
            f'{_parts(weights)}. If it is of a pretraining run, train the head first '
            f'(tools/train.py CONFIG --cfg-options load_from={source}) and test the resulting checkpoint'
        )
    if reshaped:
        raise ValueError(
            f'{source} does not fit the model: {describe(reshaped)}; test with the config it was trained with'
        )


def describe(reshaped: Dict[str, tuple], limit: int = 3) -> str:
    """List names with both of their shapes."""
    lines = [f'{name} is {given} there and {own} in the model' for name, (given, own) in reshaped.items()]
    return ', '.join(lines[:limit]) + (f' and {len(lines) - limit} more' if len(lines) > limit else '')


def _refusal(mismatch: Mismatch, encoder: Weights, backbone: nn.Module, source: str, name: str) -> str:
    kind = type(backbone).__name__
    if len(mismatch.unexpected) == len(encoder):
        return (
            f'{source} is of another type of encoder: it has {_parts(encoder)}, but {name} is a {kind} with '
            f'{_parts(mismatch.missing)}; give a checkpoint that was pretrained with a {kind}'
        )
    differences = []
    if {'joint_table', 'joint_table.words'} <= {*mismatch.missing, *mismatch.unexpected}:
        differences.append('another value of joint_names')
    if mismatch.missing:
        differences.append(f'it lacks {_parts(mismatch.missing)} (another depth?)')
    if mismatch.unexpected:
        differences.append(f'it has {_parts(mismatch.unexpected)}, which the backbone lacks (another depth?)')
    if mismatch.reshaped:
        differences.append(f'other shapes (another width?): {describe(mismatch.reshaped)}')
    return (
        f'{source} does not fit {name}, a {kind}: {"; ".join(differences)}. '
        f'Build {name} as in the pretraining config, or give a checkpoint of this architecture'
    )


def _parts(names: Iterable[str], limit: int = 8) -> str:
    """List the top-level modules of parameter names, with the index of numbered ones."""
    parts = list(dict.fromkeys(re.match(r'\w+(\.\d+)?', name).group() for name in names))
    return ', '.join(parts[:limit]) + (f' and {len(parts) - limit} more' if len(parts) > limit else '')


def _remedy(weights: Weights) -> str:
    for prefixes, method, command in _OFFICIAL:
        if any(name.startswith(prefixes) for name in weights):
            return f'These are names of the official {method} release; run tools/model_converters/{command} first'
    return 'Give a checkpoint of a pretraining run, or set prefix of PretrainedEncoderHook or, if used, of init_cfg'
