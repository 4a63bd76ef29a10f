"""Arrays in ``.npy`` and ``.npz`` files, read row by row: some are larger than the memory."""

import os
import zipfile
import zlib
from typing import IO, Dict, Iterator, NamedTuple, Optional, Tuple

import numpy as np
from numpy.lib import format as npy_format

from .raw_files import RawDataError

#: Length of the fixed part of a member's header in an archive, and where in it the lengths of name and extras stand.
_HEADER, _LENGTHS = 30, slice(26, 30)


class StoredArray(NamedTuple):
    """Where an array lies.

    Args:
        path (str): The file.
        member (str, optional): Name of the array's file in an ``.npz``.
        offset (int, optional): Where in the file the values begin; None if they are compressed.
        dtype (str): Type of the values.
        shape (tuple[int]): The array's shape.
        size (int): The file's size, which changes with its content, as does ``stamp``.
        stamp (int): When the file was changed.
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
        """The array as error messages name it."""
        return f'{self.path}!{self.member}' if self.member else self.path

    def rows(self, start: int = 0, stop: Optional[int] = None) -> Iterator[np.ndarray]:
        """Rows from ``start`` to before ``stop``; where they are compressed, all before them are passed over."""
        stop = self.shape[0] if stop is None else stop
        try:
            yield from self._compressed(start, stop) if self.offset is None else self._mapped()[start:stop]
        except (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RawDataError(f'{self.label} cannot be read: {error}') from error

    def _mapped(self) -> np.ndarray:
        return np.memmap(self.path, self.dtype, 'r', self.offset, self.shape)

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
    """The array in an ``.npy`` file."""
    try:
        with open(path, 'rb') as file:
            shape, dtype = _read_header(file)
            return _checked(StoredArray(path, None, file.tell(), dtype, shape, *_state(path)))
    except (OSError, ValueError) as error:
        raise RawDataError(f'{path} is no readable .npy file: {error}') from error


def npz_arrays(path: str) -> Dict[str, StoredArray]:
    """The arrays of an ``.npz`` file by their names."""
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive, open(path, 'rb') as file:
            for info in archive.infolist():
                with archive.open(info) as stream:
                    shape, dtype = _read_header(stream)
                    header = stream.tell()
                offset = None
                if info.compress_type == zipfile.ZIP_STORED:
                    file.seek(info.header_offset)
                    name_and_extra = np.frombuffer(file.read(_HEADER)[_LENGTHS], '<u2').sum()
                    offset = info.header_offset + _HEADER + int(name_and_extra) + header
                array = StoredArray(path, info.filename, offset, dtype, shape, *_state(path))
                arrays[os.path.splitext(info.filename)[0]] = _checked(array)
    except RawDataError:
        raise
    except (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RawDataError(f'{path} is no readable .npz file: {error}') from error
    return arrays


def _read_header(stream: IO[bytes]) -> Tuple[Tuple[int, ...], str]:
    version = npy_format.read_magic(stream)
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f'version {version} of the format')
    shape, fortran_order, dtype = readers[version](stream)
    if fortran_order and len(shape) > 1:
        raise ValueError('columns first; save it with numpy.ascontiguousarray')
    return shape, dtype.str


def _checked(array: StoredArray) -> StoredArray:
    if np.dtype(array.dtype).kind not in 'fiub' or not array.shape:
        raise RawDataError(f'{array.label}: expected an array of numbers, found {array.dtype} of shape {array.shape}')
    return array


def _state(path: str) -> Tuple[int, int]:
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns
