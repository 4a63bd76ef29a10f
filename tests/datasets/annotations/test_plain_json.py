"""JSON encoding of plain values."""

import json

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.plain_json import decode, encode

VALUES = [
    None,
    True,
    1,
    1.5,
    float('inf'),
    'é\n',
    '\ud800',
    [],
    (),
    {},
    (1080, 1920),
    [[1, (2.0, 'x')], {'tuple': (1,), 'dict': []}],
    {0.5: 12, 'x': [None], 3: {4: (False,)}},
]


@pytest.mark.parametrize('value', VALUES)
def test_round_trip(value):
    back = decode(json.loads(json.dumps(encode(value))))
    assert repr(back) == repr(value)


def test_numpy_scalars_become_python_numbers():
    values = encode([np.int64(3), np.float32(0.5), np.bool_(True), np.str_('a')])
    assert [(type(value), value) for value in values] == [(int, 3), (float, 0.5), (bool, True), (str, 'a')]


def test_lists_and_dicts_are_new_each_time():
    encoded = encode([{'a': [1]}])
    decode(encoded)[0]['a'].append(2)
    assert decode(encoded) == [{'a': [1]}]


@pytest.mark.parametrize('value', [b'x', {1}, np.zeros(2), 1j, [object()], np.float64])
def test_other_values_are_rejected(value):
    with pytest.raises(TypeError, match='is no plain value'):
        encode(value)


@pytest.mark.parametrize('key', [2**64, dict(tuple=[2**64])])
def test_integers_of_equal_hashes_are_no_keys(key):
    with pytest.raises(ValueError, match='more than 64 bits'):
        decode(dict(dict=[[key, 1]]))
