"""Arrays in ``.npy`` and ``.npz`` files, read row by row because some are larger than the memory."""

import os
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, Dict, Iterator, NamedTuple, Optional, Tuple

import numpy as np
from numpy.lib import format as npy_format

from .raw_files import RawDataError

#: Size of a zip member's local header, and the bytes in it with the lengths of the name and the extra field.
_HEADER, _LENGTHS = 30, slice(26, 30)
_READ_ERRORS = (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)


class StoredArray(NamedTuple):
    """Location and type of an array in a file.

    Args:
        path (str): File.
        member (str, optional): Name of the array's member in an ``.npz`` file.
        offset (int, optional): Position of the first value in the file; None if the array is compressed.
        dtype (str): Type of the values.
        shape (tuple[int]): Shape of the array.
        size (int): Size of the file; with ``stamp``, tells a changed file from the old one.
        stamp (int): Modification time of the file.
    """

    path: str
    member: Optional[str]
    offset: Optional[int]
    dtype: str
    shape: Tuple[int, ...]
    size: int
    stamp: int

    @property
    def label(self) -> str:
        """Return the name of the array for error messages."""
        return f'{self.path}!{self.member}' if self.member else self.path

    def rows(self, start: int = 0, stop: Optional[int] = None) -> Iterator[np.ndarray]:
        """Yield rows ``start`` to ``stop - 1``; a compressed array is decompressed from its beginning."""
        stop = self.shape[0] if stop is None else stop
        with _explained(f'{self.label} cannot be read'):
            if self.offset is None:
                yield from self._compressed(start, stop)
            else:
                yield from np.memmap(self.path, self.dtype, 'r', self.offset, self.shape)[start:stop]

    def _compressed(self, start: int, stop: int) -> Iterator[np.ndarray]:
        length = int(np.dtype(self.dtype).itemsize * np.prod(self.shape[1:], dtype=np.int64))
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
            _read_header(stream)
            for index in range(stop):
                row = stream.read(length)
                if len(row) != length:
                    raise EOFError(f'it ends in row {index} of {self.shape[0]}')
                if index >= start:
                    yield np.frombuffer(row, self.dtype).reshape(self.shape[1:])


def npy_array(path: str) -> StoredArray:
    """Return the array in an ``.npy`` file."""
    with _explained(f'{path} is not a readable .npy file'), open(path, 'rb') as file:
        return _described(path, file)


def npz_arrays(path: str) -> Dict[str, StoredArray]:
    """Return the arrays in an ``.npz`` file by name."""
    arrays = {}
    with _explained(f'{path} is not a readable .npz file'), zipfile.ZipFile(path) as archive, open(path, 'rb') as file:
        for info in archive.infolist():
            with archive.open(info) as stream:
                array = _described(path, stream, info.filename)
            stored = info.compress_type == zipfile.ZIP_STORED
            offset = array.offset + _content_offset(file, info) if stored else None
            arrays[os.path.splitext(info.filename)[0]] = array._replace(offset=offset)
    return arrays


@contextmanager
def _explained(message: str) -> Iterator[None]:
    try:
        yield
    except RawDataError:
        raise
    except _READ_ERRORS as error:
        raise RawDataError(f'{message}: {error}') from error


def _content_offset(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    file.seek(info.header_offset)
    name_and_extra = np.frombuffer(file.read(_HEADER)[_LENGTHS], '<u2').sum()
    return info.header_offset + _HEADER + int(name_and_extra)


def _described(path: str, stream: IO[bytes], member: Optional[str] = None) -> StoredArray:
    shape, dtype = _read_header(stream)
    status = os.stat(path)
    array = StoredArray(path, member, stream.tell(), dtype.str, shape, status.st_size, status.st_mtime_ns)
    if dtype.kind not in 'fiub' or not shape:
        raise RawDataError(f'{array.label}: expected an array of numbers, found {dtype.str} of shape {shape}')
    return array


def _read_header(stream: IO[bytes]) -> Tuple[Tuple[int, ...], np.dtype]:
    version = npy_format.read_magic(stream)
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f'unknown format version {version}')
    shape, fortran_order, dtype = readers[version](stream)
    if fortran_order and len(shape) > 1:
        raise ValueError('it is in Fortran order; save it again with numpy.ascontiguousarray')
    return shape, dtype
