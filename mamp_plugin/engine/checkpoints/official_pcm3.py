"""Parameter names of PCM3's official release."""

from .name_table import NameTable

#: Names within one encoder. The release's two "directions" of a layer both run forward in time; here they are two
#: modules of the layer.
_ENCODER = (
    ('input_norm.{rest}', 'backbone.input_norm.{rest}'),
    ('encoder.gru.{kind}_l{layer}', 'backbone.layers.{layer}.first.{kind}_l0'),
    ('encoder.gru.{kind}_l{layer}_reverse', 'backbone.layers.{layer}.second.{kind}_l0'),
    ('fc.{rest}', 'projector.fc.{rest}'),
)
TABLE = NameTable(
    'the official PCM3 release',
    'a PCM3 model as released',
    [
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
    ],
    prompt='cl|mp|base|mask|recons|mix',
    kind='weight_ih|weight_hh|bias_ih|bias_hh',
    layer='[0-9]+',
)
from_official, to_official = TABLE.from_official, TABLE.to_official
