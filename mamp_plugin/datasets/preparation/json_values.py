"""Values in JSON documents, checked."""

import json
import re
from typing import Any, Hashable, Iterator, List, Optional, Sequence

import numpy as np

from .raw_files import RawDataError
from .text_table import all_finite, quoted
from .tracking import Frame

#: More frames than these without a file or an entry are taken for wrong numbers.
MAX_MISSING = 1000
#: Frames of a recording, whatever the number of those in the file, and per frame in the file.
_MAX_LENGTH, _MAX_LENGTH_RATIO = 250_000, 100
_EXPECTED = {1: 'numbers', 2: 'a list of numbers per joint', 3: 'a list of numbers per joint of every person'}


def parse_json(content: bytes, where: str) -> Any:
    """Return the document in a JSON file, in UTF-8 or any other encoding that JSON may have.

    NaN and Infinity, which are no JSON but are written by Python, are left to :func:`numbers`, which knows their place.

    Args:
        content (bytes): Content of the file.
        where (str): File name for error messages.
    """
    if not content.strip():
        raise RawDataError(f'{where} is empty')
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise RawDataError(f'{where}:{error.lineno}: {error.msg} (column {error.colno})') from error
    except (ValueError, RecursionError) as error:  # not UTF-8, an endless number, nested too deep
        raise RawDataError(f'{where} is not valid JSON: {error}') from error


def numbers(values: Any, ndim: int, where: str) -> np.ndarray:
    """Return nested lists of finite numbers as an array with that many axes.

    Args:
        values: Part of the document.
        ndim (int): Axes of the array.
        where (str): File and place for error messages.
    """
    try:
        array = np.array(values)
    except (ValueError, OverflowError):  # lists of unequal lengths
        array = None
    if array is not None and array.ndim == ndim and array.size and array.dtype.kind in 'fiu' and all_finite(array):
        return array.astype(np.float64)
    for value in _leaves(values):
        number = np.array(value)
        if number.dtype.kind not in 'fiu' or not all_finite(number):
            text = value if isinstance(value, str) else json.dumps(value)
            raise RawDataError(f'{where}: {quoted(text.encode("utf-8", "replace"))} is not a finite number')
    found = 'lists of unequal lengths' if array is None else f'shape {array.shape}'
    raise RawDataError(f'{where}: expected {_EXPECTED[ndim]}, found {found}')


def joints_of(values: Any, width: int, where: str) -> np.ndarray:
    """Return a flat list of numbers as ``(V, width)``.

    Args:
        values: Part of the document.
        width (int): Numbers per joint.
        where (str): File and place for error messages.
    """
    flat = numbers(values, 1, where)
    if len(flat) % width:
        raise RawDataError(f'{where}: expected {width} numbers per joint, found {len(flat)} numbers')
    return flat.reshape(-1, width)


def list_in(document: Any, key: str, where: str) -> List[Any]:
    """Return the list that an object has under a key.

    Args:
        document: Part of the document.
        key (str): Key of the list.
        where (str): File and place for error messages.
    """
    values = document.get(key) if isinstance(document, dict) else None
    if not isinstance(values, list):
        raise RawDataError(f'{where}: expected an object with a list "{key}"')
    return values


def depth_of(value: Any) -> int:
    """Return the number of lists within each other, by their first elements."""
    depth = 0
    while isinstance(value, list):
        depth, value = depth + 1, next(iter(value), None)
    return depth


def is_number(value: Any) -> bool:
    """Return True for an integer of at most 64 bits; larger ones could be chosen to have equal hashes."""
    return isinstance(value, int) and value.bit_length() < 64


def identity(value: Any, where: str) -> Optional[Hashable]:
    """Return the identity of a person; None for null.

    Args:
        value: Part of the document.
        where (str): File and place for error messages.
    """
    if value is None or isinstance(value, str) or is_number(value):
        return value
    if isinstance(value, float) and value.is_integer() and is_number(int(value)):
        return int(value)
    raise RawDataError(f'{where}: {quoted(json.dumps(value).encode())} identifies no person; expected a whole number')


def last_number(value: Any, where: str) -> int:
    """Return a number, or the last one in a text such as ``'frames/0012.jpg'``."""
    found = re.findall(r'\d{1,18}', value) if isinstance(value, str) else []
    if found:
        return int(found[-1])
    if is_number(value) and not isinstance(value, bool):
        return value
    raise RawDataError(f'{where}: {quoted(json.dumps(value).encode())} has no number of a frame')


def fill_frames(frames: Sequence[Frame], places: Sequence[int], where: str) -> List[Frame]:
    """Return frames with an empty one for every number that is missing.

    Args:
        frames (Sequence[Sequence[Detection]]): Detections of every frame that the file has.
        places (Sequence[int]): Number of each frame, which must grow.
        where (str): File for error messages.
    """
    filled: List[Frame] = []
    for frame, place, before in zip(frames, places, [places[0] - 1 if places else 0, *places]):
        if place <= before:
            raise RawDataError(f'{where}: frame {place} follows frame {before}; frames must be in order, none twice')
        check_gap(before, place, where)
        check_length(len(filled) + place - before, len(frames), where)
        filled += [[] for _ in range(place - before - 1)] + [frame]
    return filled


def check_gap(before: int, after: int, where: str) -> None:
    """Raise RawDataError if the numbers of two neighboring frames lie too far apart."""
    if after - before > MAX_MISSING:
        raise RawDataError(
            f'{where}: frame {after} follows frame {before}; more than {MAX_MISSING} missing frames are no recording, '
            'check the numbers'
        )


def check_length(length: int, given: int, where: str) -> None:
    """Raise RawDataError if nearly all frames of a long recording are missing, whose empty frames fill the memory.

    Args:
        length (int): Frames, with the missing ones.
        given (int): Frames in the file.
        where (str): File for the error.
    """
    if length > max(_MAX_LENGTH, _MAX_LENGTH_RATIO * given):
        raise RawDataError(f'{where}: {given} frames are spread over {length}; check the numbers')


def _leaves(values: Any) -> Iterator[Any]:
    """Yield what lists hold, in order."""
    left = [values]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += reversed(value)
        else:
            yield value
