"""Arrays in ``.npy`` and ``.npz`` files, read row by row because some are larger than the memory."""

import os
import zipfile
from contextlib import contextmanager
from typing import IO, Dict, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from mamp_plugin.untrusted.archives import open_archive
from mamp_plugin.untrusted.arrays import read_header

from .raw_files import RawDataError

#: Size of a zip member's local header, and the bytes in it with the lengths of the name and the extra field.
_HEADER, _LENGTHS = 30, slice(26, 30)


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
        with open_archive(self.path) as archive, archive.open(self.member) as stream:
            _read_header(stream, archive.getinfo(self.member).file_size)
            for index in range(stop):
                row = stream.read(length)
                if len(row) != length:
                    raise EOFError(f'it ends in row {index} of {self.shape[0]}')
                if index >= start:
                    yield np.frombuffer(row, self.dtype).reshape(self.shape[1:])


def npy_array(path: str) -> StoredArray:
    """Return the array in an ``.npy`` file."""
    with _explained(f'{path} is not a readable .npy file'), open(path, 'rb') as file:
        return _described(path, file, os.path.getsize(path))


def npz_arrays(path: str) -> Dict[str, StoredArray]:
    """Return the arrays in an ``.npz`` file by name."""
    arrays = {}
    with _explained(f'{path} is not a readable .npz file'), open_archive(path) as archive, open(path, 'rb') as file:
        for info in archive.infolist():
            with archive.open(info) as stream:
                array = _described(path, stream, info.file_size, info.filename)
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
    except Exception as error:  # broken bytes lead NumPy and zipfile to exceptions of many types
        raise RawDataError(f'{message}: {" ".join(str(error).split())[:200]}') from error


def _content_offset(file: IO[bytes], info: zipfile.ZipInfo) -> int:
    file.seek(info.header_offset)
    name_and_extra = np.frombuffer(file.read(_HEADER)[_LENGTHS], '<u2').sum()
    return info.header_offset + _HEADER + int(name_and_extra)


def _described(path: str, stream: IO[bytes], size: int, member: Optional[str] = None) -> StoredArray:
    shape, dtype = _read_header(stream, size)
    status = os.stat(path)
    array = StoredArray(path, member, stream.tell(), dtype.str, shape, status.st_size, status.st_mtime_ns)
    if dtype.kind not in 'fiub' or not shape:
        raise RawDataError(f'{array.label}: expected an array of numbers, found {dtype.str} of shape {shape}')
    return array


def _read_header(stream: IO[bytes], size: int) -> Tuple[Tuple[int, ...], np.dtype]:
    shape, fortran_order, dtype = read_header(stream, size)
    if fortran_order and len(shape) > 1:
        raise ValueError('it is in Fortran order; save it again with numpy.ascontiguousarray')
    return shape, dtype
