import io
import struct
import zipfile

import numpy as np
import pytest

from mamp_plugin.untrusted.archives import open_archive
from mamp_plugin.untrusted.arrays import names_in_npz, read_npy, read_npz


def npy(shape, descr='<f4', content=b'', version=1):
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    length = struct.pack('<H' if version == 1 else '<I', len(header))
    return b'\x93NUMPY' + bytes([version, 0]) + length + header + content


def saved(function, *args, **kwargs):
    file = io.BytesIO()
    function(file, *args, **kwargs)
    return file.getvalue()


@pytest.mark.parametrize(
    'array',
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.eye(3)),
        np.array(['a', 'é']),
        np.zeros((0, 25, 3)),
        np.array(7, '>i2'),
        np.array([b'x', b'']),
        np.array([True]),
    ],
)
def test_what_numpy_writes_is_read(array, tmp_path):
    for content in (saved(np.save, array), npy(array.shape, array.dtype.str, array.tobytes(), version=2)):
        (tmp_path / 'a.npy').write_bytes(content)
        for found in (read_npy(content), read_npy(str(tmp_path / 'a.npy'))):
            assert found.dtype == array.dtype and found.shape == array.shape
            np.testing.assert_array_equal(found, array)
    for save in (np.savez, np.savez_compressed):
        content = saved(save, a=array, b=np.ones(2))
        assert names_in_npz(content) == {'a', 'b'}
        assert list(read_npz(content)) == ['a', 'b']
        np.testing.assert_array_equal(read_npz(content, ['a'])['a'], array)


@pytest.mark.parametrize(
    ('content', 'reason'),
    [
        (npy((10**9,)), r'it claims shape \(1000000000,\) of <f4, but has 0 bytes'),
        (npy((2**62, 4)), r'it claims shape'),
        (npy((0, 10**12)), r'it claims shape \(0, 1000000000000\)'),
        (npy((10**12,), '|S0'), r'it claims shape'),
        (npy((-1,)), 'it claims shape'),
        (npy((1,) * 40, content=b'xxxx'), 'it claims shape'),
        (npy((1,), f'({10**8},)f4'), 'it claims shape'),
        (npy((1,), '|O', b'xxxxxxxx'), 'it holds Python objects, which are not loaded'),
        (npy((1,), version=3), r'unknown format version \(3, 0\)'),
        (npy((1,))[:20], 'EOF'),
        (b'\x93NUMPY\x01\x00\xff\xff' + b'(' * 65535, 'Header info length|too large|Cannot parse'),
        (npy((1,), '<U1', b'\xff' * 4), 'characters that do not exist'),
        (npy((1,), '>U1', b'\0\x11\0\0'), 'characters that do not exist'),
        (b'text', 'magic string'),
    ],
)
def test_what_claims_more_than_it_holds_is_refused(content, reason):
    with pytest.raises(ValueError, match=reason) as error:
        read_npy(content)
    assert '\n' not in str(error.value) and len(str(error.value)) <= 200
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, 'w') as file:
        file.writestr('a.npy', content)
    with pytest.raises(ValueError, match=reason):
        read_npz(archive.getvalue())


def test_missing_arrays_and_other_files():
    with pytest.raises(ValueError, match="it has no array 'b'"):
        read_npz(saved(np.savez, a=np.ones(1)), ['b'])
    with pytest.raises(ValueError, match='not a zip file'):
        read_npz(b'text')


def archive_of(method, size):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive, archive.open('zeros.npy', 'w') as member:
        for _ in range(size >> 20):
            member.write(bytes(2**20))
    return file


def test_archives_that_expand_are_refused():
    with open_archive(archive_of(zipfile.ZIP_DEFLATED, 2**25)) as archive:
        assert len(archive.read('zeros.npy')) == 2**25
    with (
        pytest.raises(zipfile.BadZipFile, match=r'its members claim 134,217,728 bytes, more than 67,108,864'),
        open_archive(archive_of(zipfile.ZIP_DEFLATED, 2**27)),
    ):
        pass


def test_methods_without_a_limit_are_refused():
    with (
        pytest.raises(zipfile.BadZipFile, match="'zeros.npy' is neither stored nor deflated"),
        open_archive(archive_of(zipfile.ZIP_BZIP2, 2**20)),
    ):
        pass
