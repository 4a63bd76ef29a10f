import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.text_table import read_table


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


@pytest.mark.parametrize(
    'text, separator, message',
    [
        ('1 2 3\n4 5\n6 7 8 9\n', None, 'file.txt:2: expected 3 values, found 2'),
        ('1 2 3\n\n4 5 6 7', None, 'file.txt:3: expected 3 values, found 4'),
        ('1 2 3\n4 o5 6\n', None, "file.txt:2: 'o5' is no finite number"),
        ('1 2 3\n4 nan 6\n', None, "file.txt:2: 'nan' is no finite number"),
        ('1,2,3\n4,,6,7\n', ',', 'file.txt:2: expected 3 values, found 4'),
        ('1,2,3\n4, ,6\n', ',', "file.txt:2: '' is no finite number"),
        ('1,2,3\n4,5,6,\n', ',', 'file.txt:2: expected 3 values, found 4'),
        ('1 2 3,4,5\n', ',', "file.txt:1: '1 2 3' is no finite number"),
        ('1 2 3\n', ',', 'file.txt:1: expected 3 values, found 1'),
        ('\n \n', None, 'file.txt holds no numbers'),
        ('1 2\x003 4\n', None, r"file.txt:1: '2\\x003' is no finite number"),
        ('1 2 ' + '\x00é' * 100, None, r"file.txt:1: '\\x00\\xe9.{1,40}...' is no finite number"),
    ],
)
def test_faults_are_named_with_their_line(text, separator, message):
    with pytest.raises(RawDataError, match=f'^{message}$'):
        read_table(text.encode(), 3, 'file.txt', separator)
