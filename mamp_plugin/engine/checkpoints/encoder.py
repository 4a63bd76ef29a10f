"""Which weights of a checkpoint a model can begin with, and why others cannot be taken."""

import re
from fnmatch import fnmatch
from typing import Dict, Iterable, List, NamedTuple, Tuple

from torch import Tensor, nn

Weights = Dict[str, Tensor]
#: What only checkpoints of the official releases have, and the command that translates them.
_OFFICIAL = (
    (('joints_embed.', 'temp_embed', 'decoder_embed.'), 'MAMP', 'mamp_official.py'),
    (('encoder_q.', 'encoder_k.'), 'PCM3', 'pcm3_official.py'),
)


class Mismatch(NamedTuple):
    """How the weights of a checkpoint differ from those of a module.

    Args:
        missing (list[str]): Names that the checkpoint lacks.
        unexpected (list[str]): Names that the module lacks.
        reshaped (dict[str, tuple]): The shapes in the checkpoint and in the module, where they differ.
    """

    missing: List[str]
    unexpected: List[str]
    reshaped: Dict[str, Tuple[Tuple[int, ...], Tuple[int, ...]]]


class Encoder(NamedTuple):
    """What is taken of a checkpoint.

    Args:
        weights (dict[str, Tensor]): By the names that they have in the backbone.
        left_out (dict[str, tuple]): The shapes in the checkpoint and in the backbone of what belongs to the joints of
            another layout.
        dropped (list[str]): Parts of the pretrained model that are not of its encoder.
    """

    weights: Weights
    left_out: Dict[str, Tuple[Tuple[int, ...], Tuple[int, ...]]]
    dropped: List[str]


def weights_in(checkpoint: dict) -> Weights:
    """The parameters in a checkpoint, without the prefix of data parallel wrappers."""
    kept_under = next((key for key in ('state_dict', 'model') if isinstance(checkpoint.get(key), dict)), None)
    content = checkpoint if kept_under is None else checkpoint[kept_under]
    return {re.sub(r'^module\.', '', name): value for name, value in content.items() if isinstance(value, Tensor)}


def compare(weights: Weights, module: nn.Module) -> Mismatch:
    """Compares names and shapes; what a module resizes when it is loaded may have any."""
    own = module.state_dict()
    resized = {
        f'{prefix}.{name}'.lstrip('.')
        for prefix, part in module.named_modules()
        for name in getattr(part, 'resized_on_load', ())
    }
    shapes = {name: (tuple(weights[name].shape), tuple(own[name].shape)) for name in own if name in weights}
    return Mismatch(
        # a counter which older checkpoints lack and which nothing depends on
        [name for name in own if name not in weights and not name.endswith('num_batches_tracked')],
        [name for name in weights if name not in own],
        {name: (given, has) for name, (given, has) in shapes.items() if given != has and name not in resized},
    )


def take_encoder(weights: Weights, backbone: nn.Module, prefix: str, source: str) -> Encoder:
    """The encoder of a pretrained model for a backbone that is built like it.

    Only what the backbone calls ``joint_parameters`` may be of another shape; it is left out.

    Args:
        weights (dict[str, Tensor]): All parameters of the pretrained model.
        backbone (nn.Module): Where its encoder is to go.
        prefix (str): What the names of the encoder begin with in ``weights``.
        source (str): How to call the checkpoint.

    Returns:
        Encoder: What there is for the backbone. A ValueError says why there is nothing.
    """
    encoder = {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
    if not encoder:
        raise ValueError(f"{source} has no parameter under '{prefix}'; it has {_parts(weights)}. {_remedy(weights)}")
    mismatch = compare(encoder, backbone)
    patterns = getattr(backbone, 'joint_parameters', ())
    left_out = {
        name: shapes
        for name, shapes in mismatch.reshaped.items()
        if any(fnmatch(name, pattern) for pattern in patterns)
    }
    reshaped = {name: shapes for name, shapes in mismatch.reshaped.items() if name not in left_out}
    if mismatch.missing or mismatch.unexpected or reshaped:
        raise ValueError(_refusal(mismatch._replace(reshaped=reshaped), encoder, backbone, source))
    dropped = sorted({name.split('.')[0] for name in weights if not name.startswith(prefix)})
    return Encoder({name: value for name, value in encoder.items() if name not in left_out}, left_out, dropped)


def check_complete(weights: Weights, model: nn.Module, source: str) -> None:
    """Refuses a checkpoint that does not say everything about a model."""
    missing, _, reshaped = compare(weights, model)
    if missing:
        raise ValueError(
            f'{source} lacks {_parts(missing)} of the model, which would be tested with random weights; it has '
            f'{_parts(weights)}. If it is of a pretraining run, train the head first '
            f'(tools/train.py CONFIG --cfg-options load_from={source}) and test the checkpoint that this writes'
        )
    if reshaped:
        raise ValueError(
            f'{source} does not fit the model: {describe(reshaped)}; test with the config it was trained with'
        )


def describe(reshaped: Dict[str, tuple], limit: int = 3) -> str:
    """Names with both of their shapes."""
    lines = [f'{name} is {given} there and {own} in the model' for name, (given, own) in reshaped.items()]
    return ', '.join(lines[:limit]) + (f' and {len(lines) - limit} more' if len(lines) > limit else '')


def _refusal(mismatch: Mismatch, encoder: Weights, backbone: nn.Module, source: str) -> str:
    kind = type(backbone).__name__
    if len(mismatch.unexpected) == len(encoder):
        return (
            f'{source} is of another kind of encoder: it has {_parts(encoder)}, but model.backbone is a {kind} with '
            f'{_parts(mismatch.missing)}; give a checkpoint that was pretrained with a {kind}'
        )
    complaints = []
    if mismatch.missing:
        complaints.append(f'it lacks {_parts(mismatch.missing)} (another depth?)')
    if mismatch.unexpected:
        complaints.append(f'it has {_parts(mismatch.unexpected)}, which have no place (another depth?)')
    if mismatch.reshaped:
        complaints.append(f'other shapes (another width?): {describe(mismatch.reshaped)}')
    return (
        f'{source} does not fit model.backbone, a {kind}: {"; ".join(complaints)}. '
        'Build model.backbone as in the config of the pretraining, or give a checkpoint of one like it'
    )


def _parts(names: Iterable[str], limit: int = 8) -> str:
    """Modules of which there are names, down to the number if they are numbered."""
    parts = list(dict.fromkeys(re.match(r'\w+(\.\d+)?', name).group() for name in names))
    return ', '.join(parts[:limit]) + (f' and {len(parts) - limit} more' if len(parts) > limit else '')


def _remedy(weights: Weights) -> str:
    for beginnings, method, command in _OFFICIAL:
        if any(name.startswith(beginnings) for name in weights):
            return f"These are names of {method}'s official release; run tools/model_converters/{command} first"
    return 'Give a checkpoint of a pretraining run, or set prefix of PretrainedEncoderHook'
