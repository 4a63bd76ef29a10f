"""Parameter names of PCM3's official release."""

import json
from pathlib import Path

import numpy as np
import pytest

from mamp_plugin.engine.checkpoints.official_pcm3 import from_official, to_official

with np.load(Path(__file__).parents[2] / 'data/pcm3_plain_cut.npz') as record:
    OFFICIAL = [name for name, _ in json.loads(str(record['state_json']))]


@pytest.mark.parametrize(
    ('official', 'ours'),
    [
        ('cl_prompt', 'prompts.cl'),
        ('queue_ptr', 'queue.queue_ptr'),
        ('encoder_q.encoder.gru.weight_ih_l0', 'backbone.layers.0.first.weight_ih_l0'),
        ('encoder_q.encoder.gru.bias_hh_l2_reverse', 'backbone.layers.2.second.bias_hh_l0'),
        ('encoder_k.encoder.gru.weight_hh_l1', 'key_encoder.backbone.layers.1.first.weight_hh_l0'),
        ('encoder_k.input_norm.running_var', 'key_encoder.backbone.input_norm.running_var'),
        ('encoder_q.fc.2.bias', 'projector.fc.2.bias'),
        ('linear.3.weight', 'decoder.expand.weight'),
        ('recons_decoder.decoder.weight_ih_l1', 'decoder.gru.weight_ih_l1'),
    ],
)
def test_names_translate_either_way(official, ours):
    assert from_official(official) == ours
    assert to_official(ours) == official


def test_round_trip_of_all_recorded_names():
    ours = [from_official(name) for name in OFFICIAL]
    assert len(set(ours)) == len(OFFICIAL)
    assert [to_official(name) for name in ours] == OFFICIAL


@pytest.mark.parametrize(
    'name', ['no_prompt', 'queues', 'encoder_q.gru.weight_ih_l0', 'encoder.gru.weight', 'linear.2.x']
)
def test_unknown_official_names(name):
    with pytest.raises(KeyError, match=f'{name}.* is no parameter of the official PCM3 release'):
        from_official(name)


@pytest.mark.parametrize('name', ['prompts.decoder', 'backbone.layers.0.third.weight_ih_l0', 'head.pred.bias'])
def test_own_names_without_official_counterpart(name):
    with pytest.raises(KeyError, match=f'{name}.* is no parameter of a PCM3 model as released'):
        to_official(name)
