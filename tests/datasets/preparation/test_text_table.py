import random

import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.text_table import parse_number, read_table


@pytest.mark.parametrize(
    'text, separator',
    [
        ('1 2.5 -3\n4 5 6e2\n', None),
        ('1 2.5 -3\r\n4 5 6e2', None),
        (' 1\t2.5  -3 \n\n4 5 6e2\n \n', None),
        ('1,2.5,-3\n4,5,6e2\n', ','),
        ('1, 2.5, -3\r\n\r\n4 ,5,6e2\r\n', ','),
    ],
)
def test_reads(text, separator):
    np.testing.assert_array_equal(read_table(text.encode(), 3, 'x', separator), [[1, 2.5, -3], [4, 5, 600]])


def test_equals_float_to_the_last_bit():
    draw = random.Random(0)
    tokens = [f'{draw.gauss(0, 10.0 ** draw.randint(-8, 8)):.{draw.randint(1, 17)}g}' for _ in range(2000)]
    tokens += ['0', '-0', '.5', '5.', '+.5', '9007199254740993', '999999999999999.', '-1E-05', '1e30']
    values, expected = read_table('\n'.join(tokens).encode(), 1, 'x')[:, 0], [float(token) for token in tokens]
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(np.signbit(values), np.signbit(expected))


@pytest.mark.parametrize(
    'text, separator, message',
    [
        ('1 2 3\n4 5\n6 7 8 9\n', None, 'file.txt:2: expected 3 values, found 2'),
        ('1 2 3\n\n4 5 6 7', None, 'file.txt:3: expected 3 values, found 4'),
        ('1 2 3\n4 o5 6\n', None, "file.txt:2: 'o5' is not a finite number"),
        ('1 2 3\n4 nan 6\n', None, "file.txt:2: 'nan' is not a finite number"),
        ('1,2,3\n4,,6,7\n', ',', 'file.txt:2: expected 3 values, found 4'),
        ('1,2,3\n4, ,6\n', ',', "file.txt:2: '' is not a finite number"),
        ('1,2,3\n4,5,6,\n', ',', 'file.txt:2: expected 3 values, found 4'),
        ('1 2 3,4,5\n', ',', "file.txt:1: '1 2 3' is not a finite number"),
        ('1 2 3\n', ',', 'file.txt:1: expected 3 values, found 1'),
        ('\n \n', None, 'file.txt holds no numbers'),
        ('1 2\x003 4\n', None, r"file.txt:1: '2\\x003' is not a finite number"),
        ('1 2 ' + '\x00é' * 100, None, r"file.txt:1: '\\x00\\xe9.{1,40}...' is not a finite number"),
    ],
)
def test_faults_are_located(text, separator, message):
    with pytest.raises(RawDataError, match=f'^{message}$'):
        read_table(text.encode(), 3, 'file.txt', separator)


@pytest.mark.parametrize(
    'token',
    ['', '-', '.', '-.', '..', '1.2.3', '1-2', '--1', '1a', '-inf', '1e999', '-1e39', '1_0', '0x1', '#1', '"1"'],
)
def test_tokens_that_are_not_finite_numbers(token):
    with pytest.raises(RawDataError, match='file.txt:7: .* is not a finite number'):
        parse_number(token.encode(), 'file.txt:7')
    with pytest.raises(RawDataError):
        read_table(f'1 {token}\n2 3'.encode(), 2, 'file.txt')
