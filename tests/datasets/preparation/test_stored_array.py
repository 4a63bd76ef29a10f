import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.stored_array import npy_array, npz_arrays

ROWS = np.arange(60, dtype=np.float32).reshape(5, 4, 3)


@pytest.fixture(params=['npy', 'npz', 'compressed npz'])
def array(request, tmp_path):
    if request.param == 'npy':
        np.save(tmp_path / 'x.npy', ROWS)
        return npy_array(str(tmp_path / 'x.npy'))
    save = np.savez if request.param == 'npz' else np.savez_compressed
    save(tmp_path / 'x.npz', y=np.eye(3), x=ROWS)
    arrays = npz_arrays(str(tmp_path / 'x.npz'))
    assert arrays.keys() == {'x', 'y'}
    return arrays['x']


@pytest.mark.parametrize('start, stop', [(0, None), (0, 2), (3, 5), (2, 2)])
def test_rows(array, start, stop):
    assert array.shape == (5, 4, 3)
    rows = list(array.rows(start, stop))
    expected = list(ROWS[start:stop])
    assert len(rows) == len(expected)
    for row, one in zip(rows, expected):
        np.testing.assert_array_equal(row, one)


def test_only_compressed_arrays_have_no_offset(tmp_path):
    np.savez(tmp_path / 'plain.npz', x=ROWS)
    np.savez_compressed(tmp_path / 'small.npz', x=ROWS)
    assert npz_arrays(str(tmp_path / 'plain.npz'))['x'].offset is not None
    assert npz_arrays(str(tmp_path / 'small.npz'))['x'].offset is None


def test_truncated_file(array):
    with open(array.path, 'r+b') as file:
        file.truncate(150)
    with pytest.raises(RawDataError, match='x.np[yz].* cannot be read'):
        list(array.rows())


@pytest.mark.parametrize(
    'content, message',
    [
        (np.array([None, 'text'], object), 'x.np[yz].* is not a readable .np[yz] file: it holds Python objects'),
        (np.array('text'), 'x.np[yz].*: expected an array of numbers'),
        (np.float32(3), r'x.np[yz].*: expected an array of numbers, found <f4 of shape \(\)'),
        (np.asfortranarray(ROWS), 'x.np[yz] is not a readable .np[yz] file: it is in Fortran order'),
    ],
)
def test_unsuitable_arrays(tmp_path, content, message):
    np.save(tmp_path / 'x.npy', content)
    np.savez(tmp_path / 'x.npz', x=content)
    for read, name in ((npy_array, 'x.npy'), (npz_arrays, 'x.npz')):
        with pytest.raises(RawDataError, match=message):
            read(str(tmp_path / name))


def test_files_that_are_not_arrays(tmp_path, write_files):
    (tmp_path / 'x').write_bytes(b'text')
    for read in (npy_array, npz_arrays):
        with pytest.raises(RawDataError, match='x is not a readable .np[yz] file'):
            read(str(tmp_path / 'x'))
    with pytest.raises(RawDataError, match='raw.zip is not a readable .npz file'):
        npz_arrays(write_files({'readme.txt': ''}, 'raw.zip'))
