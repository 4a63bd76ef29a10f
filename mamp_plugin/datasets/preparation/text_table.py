"""Tables of numbers in text files."""

from typing import Iterator, List, Optional, Tuple

import numpy as np

from .decimals import as_bytes, blanks, number, parse_decimals
from .raw_files import RawDataError


def read_table(text: bytes, columns: int, where: str, separator: Optional[str] = None) -> np.ndarray:
    """Reads a table with the same number of values in every line; empty lines are passed over.

    Args:
        text (bytes): The file's content.
        columns (int): Values per line.
        where (str): The file, for error messages.
        separator (str, optional): ',' between values. Defaults to None, blanks.

    Returns:
        np.ndarray: ``(lines, columns)``, float64, all finite.
    """
    if separator is None:
        try:
            return _read_at_once(text, columns)
        except ValueError:
            pass  # reading line by line tells where
    rows = []
    for line_number, values in cells(text, separator):
        if len(values) != columns:
            raise RawDataError(f'{where}:{line_number}: expected {columns} values, found {len(values)}')
        rows.append([check_number(value, f'{where}:{line_number}') for value in values])
    if not rows:
        raise RawDataError(f'{where} holds no numbers')
    return np.array(rows)


def _read_at_once(text: bytes, columns: int) -> np.ndarray:
    buffer = as_bytes(text)
    places, is_line_feed = blanks(buffer)
    start, end = places[:-1] + 1, places[1:]
    filled = end > start
    start, end = start[filled], end[filled]
    per_line = np.diff(np.searchsorted(start, places[is_line_feed]), prepend=0)
    if not len(start) or not np.isin(per_line, (0, columns)).all():
        raise ValueError
    return parse_decimals(buffer, start, end).reshape(-1, columns)


def cells(text: bytes, separator: Optional[str] = None) -> Iterator[Tuple[int, List[bytes]]]:
    """Line numbers, counted from 1, and values of the lines that are not empty."""
    for line_number, line in enumerate(text.split(b'\n'), start=1):
        if line.strip():
            yield line_number, [cell.strip() for cell in line.split(separator and separator.encode())]


def check_number(value: bytes, where: str) -> float:
    try:
        return number(value)
    except ValueError:
        raise RawDataError(f'{where}: {shown(value)} is no finite number') from None


def shown(value: bytes) -> str:
    """A piece of a file for an error message: printable and short."""
    text = ascii(value.decode('utf-8', 'replace'))
    return text if len(text) <= 40 else f"{text[:36]}...'"
