"""Checks of plain values from a pickle: keys, nesting, number of entries."""

import pickle
import sys
from collections import OrderedDict
from typing import Any, Sequence

import numpy as np

#: Types of keys, besides NumPy scalars. Tuples are refused: hashing a nested one can take forever.
KEYS = frozenset((str, bytes, int, float, bool, type(None)))
#: Larger integers could be chosen to have equal hashes.
_MAX_KEY = 2**63
_MAPPINGS = (dict, OrderedDict)
_SEQUENCES = (list, tuple, set)
#: Annotations are nested about six deep; unlimited nesting breaks the code that walks through them.
_MAX_DEPTH = 32
#: Limit of container entries per byte of the file: a reused small value takes at least two bytes.
_USES_PER_BYTE = 16


class Refused(pickle.UnpicklingError):
    """Error for content that annotations do not need; the message completes "the file is refused: ..."."""


def check_keys(keys: Sequence) -> None:
    """Refuse keys that are slow or dangerous to hash: containers, and integers of equal hashes."""
    kinds = set(map(type, keys))
    for kind in kinds - KEYS:
        if not issubclass(kind, np.generic) or issubclass(kind, np.complexfloating):
            raise Refused(f'it uses a {kind.__name__} as a key, which only strings and numbers can be')
    if int in kinds and any(type(key) is int and not -_MAX_KEY <= key < 2 * _MAX_KEY for key in keys):
        raise Refused('it uses an integer of more than 64 bits as a key')


def is_text(array: np.ndarray) -> bool:
    """Return False for an array of text with numbers that are no characters, of which Python can make no text."""
    if array.dtype.kind != 'U' or not array.size:
        return True
    native = np.ascontiguousarray(array, array.dtype.newbyteorder('='))
    return bool(native.reshape(-1).view(np.uint32).max(initial=0) <= sys.maxunicode)


def check_plain(content: Any, size: int, *leaves: type) -> None:
    """Refuse leftovers of the unpickler and excessive nesting.

    Args:
        content (Any): What was unpickled.
        size (int): Bytes in the file.
        *leaves (type): Further types of values.
    """
    level, seen = [content], 0
    for _ in range(_MAX_DEPTH):
        deeper: list = []
        for value in level:
            kind = type(value)
            if kind in _SEQUENCES or kind in _MAPPINGS:
                seen += len(value)
                if seen > _USES_PER_BYTE * size:
                    raise Refused('its containers expand to far more values than the file holds')
                deeper.extend(value.values() if kind in _MAPPINGS else value)
            elif kind not in KEYS and kind not in (np.ndarray, *leaves) and not isinstance(value, np.generic):
                raise Refused(f'it holds a {kind.__name__}')
            elif kind is np.ndarray and not is_text(value):
                raise Refused('it holds characters that do not exist')
        if not deeper:
            return
        level = deeper
    raise Refused(f'it is nested more than {_MAX_DEPTH} deep')
