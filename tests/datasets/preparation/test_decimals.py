import random

import numpy as np
import pytest

from mamp_plugin.datasets.preparation.decimals import WIDTH, as_bytes, parse_decimals


def parse(tokens):
    length = np.array([len(token) for token in tokens])
    end = WIDTH + np.cumsum(length) + np.arange(len(length))
    return parse_decimals(as_bytes(b' '.join(tokens)), end - length, end)


def any_number(draw):
    kind = draw.randrange(3)
    if kind == 0:
        return f'{draw.gauss(0, 10.0 ** draw.randint(-8, 8)):.{draw.randint(1, 17)}g}'
    if kind == 1:
        return repr(draw.random())
    digits = ''.join(draw.choice('0123456789') for _ in range(draw.randint(1, 18)))
    point = draw.randint(0, len(digits))
    return draw.choice(['', '-', '+']) + digits[:point] + draw.choice(['.', '']) + digits[point:]


def test_equals_float_to_the_last_bit():
    draw = random.Random(0)
    tokens = [any_number(draw).encode() for _ in range(20000)]
    tokens += [b'0', b'-0', b'.5', b'5.', b'-.5', b'9007199254740993', b'999999999999999.', b'-1E-05', b'1e30']
    values, expected = parse(tokens), np.array([float(token) for token in tokens])
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(np.signbit(values), np.signbit(expected))


@pytest.mark.parametrize(
    'token', ['', '-', '.', '-.', '..', '1.2.3', '1-2', '--1', '1a', 'nan', '-inf', '1e999', '-1e39', '1_0', '0x1']
)
def test_what_is_no_number_is_refused(token):
    with pytest.raises(ValueError):
        parse([b'1.5', token.encode(), b'2'])
