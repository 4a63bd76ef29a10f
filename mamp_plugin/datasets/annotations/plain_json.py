"""Encoding of plain Python values as JSON that preserves tuples and keys of any type."""

from typing import Any

import numpy as np


def encode(value: Any) -> Any:
    """Return a value that JSON can hold.

    Args:
        value (Any): Numbers, strings, None, and lists, tuples and dicts of them; NumPy scalars become Python's.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [encode(item) for item in value]
    if type(value) is tuple:
        return dict(tuple=[encode(item) for item in value])
    if isinstance(value, dict):
        return dict(dict=[[encode(key), encode(item)] for key, item in value.items()])
    raise TypeError(f'a {type(value).__name__} is no plain value')


def decode(value: Any) -> Any:
    """Return the value that was encoded; lists and dicts are new objects."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        ((kind, items),) = value.items()
        if kind == 'tuple':
            return tuple(decode(item) for item in items)
        return {_key(key): decode(item) for key, item in items}
    return value


def _key(value: Any) -> Any:
    """Return a decoded key: no integer that could be chosen to have the hash of another."""
    if isinstance(value, dict):
        return tuple(_key(item) for item in value['tuple'])
    if isinstance(value, int) and value.bit_length() > 64:
        raise ValueError('an integer of more than 64 bits is a key')
    return value
