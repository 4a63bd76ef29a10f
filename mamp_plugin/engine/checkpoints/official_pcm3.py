"""How the parameters of PCM3's official release are called here."""

import re
from typing import Tuple

#: What a name may have in the place of each field.
_FIELDS = dict(
    prompt='cl|mp|base|mask|recons|mix',
    kind='weight_ih|weight_hh|bias_ih|bias_hh',
    layer='[0-9]+',
    rest='.+',
)
#: Names of one encoder. The two "directions" of a layer, which both run forward in time, are two modules of it here.
_ENCODER = (
    ('input_norm.{rest}', 'backbone.input_norm.{rest}'),
    ('encoder.gru.{kind}_l{layer}', 'backbone.layers.{layer}.first.{kind}_l0'),
    ('encoder.gru.{kind}_l{layer}_reverse', 'backbone.layers.{layer}.second.{kind}_l0'),
    ('fc.{rest}', 'projector.fc.{rest}'),
)
#: Names of a pretraining checkpoint: the official release's, and ours. They translate either way.
NAMES: Tuple[Tuple[str, str], ...] = (
    ('{prompt}_prompt', 'prompts.{prompt}'),
    ('queue', 'queue.queue'),
    ('queue_ptr', 'queue.queue_ptr'),
    *((f'encoder_q.{official}', ours) for official, ours in _ENCODER),
    *((f'encoder_k.{official}', f'key_encoder.{ours}') for official, ours in _ENCODER),
    ('linear.0.{rest}', 'decoder.squeeze.{rest}'),
    ('linear.1.{rest}', 'decoder.norm.{rest}'),
    ('linear.3.{rest}', 'decoder.expand.{rest}'),
    ('recons_decoder.decoder.{rest}', 'decoder.gru.{rest}'),
    ('recons_decoder.reconstruction.{rest}', 'decoder.reconstruct.{rest}'),
)


def from_official(name: str) -> str:
    """Our name for a parameter of the official release."""
    return _translate(name, NAMES, 'the official PCM3 release')


def to_official(name: str) -> str:
    """The official release's name for a parameter of ours."""
    return _translate(name, tuple((ours, official) for official, ours in NAMES), 'a PCM3 model as released')


def _translate(name: str, names: Tuple[Tuple[str, str], ...], source: str) -> str:
    for old, new in names:
        found = re.fullmatch(_pattern(old), name)
        if found:
            return new.format(**found.groupdict())
    raise KeyError(f'{name!r} is no parameter of {source}; known names: {", ".join(old for old, _ in names)}')


def _pattern(name: str) -> str:
    """The regular expression for a name with fields."""
    return (
        re.escape(name)
        .replace(r'\{', '{')
        .replace(r'\}', '}')
        .format(**{field: f'(?P<{field}>{values})' for field, values in _FIELDS.items()})
    )
