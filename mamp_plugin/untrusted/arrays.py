"""Arrays in ``.npy`` and ``.npz`` files: no pickles, and no array that claims more than its file holds."""

import io
import math
import os
from contextlib import contextmanager
from typing import IO, Dict, Iterator, Optional, Sequence, Set, Tuple, Union

import numpy as np
from numpy.lib import format as npy_format

from .archives import open_archive
from .plain_values import is_text

#: Limit of NumPy 1.
_MAX_DIMS = 32
#: Bytes that the lengths of an empty array may stand for.
_EMPTY = 2**20


def read_npy(file: Union[str, bytes]) -> np.ndarray:
    """Read an ``.npy`` file.

    Args:
        file (str | bytes): Path, or content.

    Raises:
        ValueError: The file is damaged or claims more than it holds; the message is the reason, without the file.
    """
    with _explained(), _opened(file) as stream:
        return _read(stream, stream.seek(0, os.SEEK_END))


def read_npz(file: Union[str, bytes], keys: Optional[Sequence[str]] = None) -> Dict[str, np.ndarray]:
    """Read arrays of an ``.npz`` file.

    Args:
        file (str | bytes): Path, or content.
        keys (Sequence[str], optional): Names of the arrays to read. Defaults to None, all.

    Raises:
        ValueError: As for :func:`read_npy`, or an array is missing.
    """
    arrays = {}
    with _explained(), _opened(file) as stream, open_archive(stream) as archive:
        members = {_key(info.filename): info for info in archive.infolist()}
        for key in members if keys is None else keys:
            if key not in members:
                raise ValueError(f'it has no array {key!r}')
            with archive.open(members[key]) as member:
                arrays[key] = _read(member, members[key].file_size)
    return arrays


def names_in_npz(content: bytes) -> Set[str]:
    """Return the names of the arrays in an ``.npz`` file; raise a ValueError if it is damaged."""
    with _explained(), open_archive(io.BytesIO(content)) as archive:
        return {_key(name) for name in archive.namelist()}


def read_header(stream: IO[bytes], size: int) -> Tuple[Tuple[int, ...], bool, np.dtype]:
    """Read the header of an ``.npy`` file, and check that the file can hold the array.

    Args:
        stream (IO[bytes]): Open file, at its beginning.
        size (int): Bytes in the file.

    Returns:
        tuple: Shape, Fortran order and type.
    """
    version = npy_format.read_magic(stream)
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f'unknown format version {version}')
    shape, fortran_order, dtype = readers[version](stream)
    if dtype.hasobject:
        raise ValueError('it holds Python objects, which are not loaded')
    values = math.prod(shape)
    lengths = math.prod(length or 1 for length in shape) * max(dtype.itemsize, 1)
    left = size - stream.tell()
    if (
        len(shape) > _MAX_DIMS
        or min(shape, default=0) < 0
        or values * dtype.itemsize > left
        or lengths > max(left, _EMPTY)
    ):
        raise ValueError(
            f'it claims shape {str(shape)[:80]} of {dtype.str[:20]}, but has {left:,} bytes for the values'
        )
    return shape, fortran_order, dtype


def _read(stream: IO[bytes], size: int) -> np.ndarray:
    stream.seek(0)
    read_header(stream, size)
    stream.seek(0)
    array = npy_format.read_array(stream, allow_pickle=False)
    if not is_text(array):
        raise ValueError('it holds characters that do not exist')
    return array


def _key(name: str) -> str:
    return name[:-4] if name.endswith('.npy') else name


def _opened(file: Union[str, bytes]) -> IO[bytes]:
    return io.BytesIO(file) if isinstance(file, bytes) else open(file, 'rb')


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the many errors that broken bytes lead to into a ValueError of one short line."""
    try:
        yield
    except Exception as error:
        reason = str(error).partition('. ')[0]  # NumPy continues with advice to unpickle the file
        raise ValueError(' '.join(reason.split())[:200] or type(error).__name__) from error
