"""Tables of numbers in text files: read by ``np.loadtxt``, and line by line only to locate a fault."""

import io
from contextlib import suppress
from typing import IO, Iterator, List, Optional, Tuple, Union

import numpy as np

from .raw_files import RawDataError

#: Largest number in float32.
LARGEST = float(np.finfo(np.float32).max)


def read_table(text: bytes, columns: int, where: str, separator: Optional[str] = None) -> np.ndarray:
    """Read a table with the same number of values in every line; empty lines are ignored.

    Args:
        text (bytes): Content of the file.
        columns (int): Values per line.
        where (str): File name for error messages.
        separator (str, optional): Separator of the values, ``','``. Defaults to None, white space.

    Returns:
        np.ndarray: ``(lines, columns)``, float64, all finite in float32.
    """
    if not text.strip():
        raise RawDataError(f'{where} holds no numbers')
    with suppress(ValueError):
        table = load_numbers(io.BytesIO(text), separator)
        if table.shape[1] == columns and all_finite(table):
            return table
    rows = []
    for line_number, values in cells(text, separator):
        if len(values) != columns:
            raise RawDataError(f'{where}:{line_number}: expected {columns} values, found {len(values)}')
        rows.append([parse_number(value, f'{where}:{line_number}') for value in values])
    return np.array(rows)


def load_numbers(lines: Union[IO[bytes], List[bytes]], separator: Optional[str] = None) -> np.ndarray:
    """Read a table with ``np.loadtxt``, which raises ValueError without a usable location.

    Args:
        lines (IO[bytes] | list[bytes]): Open binary file, or its lines.
        separator (str, optional): Separator of the values. Defaults to None, white space.

    Returns:
        np.ndarray: ``(lines, columns)``, float64.
    """
    return np.loadtxt(lines, delimiter=separator, comments=None, ndmin=2, encoding='ascii')


def all_finite(values: np.ndarray) -> bool:
    """Return True if no value is NaN or beyond the range of float32."""
    return bool((np.abs(values) <= LARGEST).all())


def cells(text: bytes, separator: Optional[str] = None) -> Iterator[Tuple[int, List[bytes]]]:
    """Yield the number, counted from 1, and the values of every line that is not empty."""
    delimiter = separator.encode() if separator else None
    for line_number, line in enumerate(text.split(b'\n'), start=1):
        if line.strip():
            yield line_number, [cell.strip() for cell in line.split(delimiter)]


def parse_number(value: bytes, where: str) -> float:
    """Return a number; raise RawDataError with ``where`` if it is none or not finite in float32."""
    with suppress(ValueError):
        number = float(value)
        if abs(number) <= LARGEST and b'_' not in value:
            return number
    raise RawDataError(f'{where}: {quoted(value)} is not a finite number')


def quoted(value: bytes) -> str:
    """Return a value for an error message: printable and at most 40 characters long."""
    text = ascii(value.decode('utf-8', 'replace'))
    return text if len(text) <= 40 else f"{text[:36]}...'"
