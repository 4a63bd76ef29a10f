"""Decimal numbers from text, all of a file at once.

Most numbers are short: up to 16 characters, a sign and a point among them. Their digits make a whole number below
2**53, which a float64 holds exactly, as it does the power of ten that this is divided by. The quotient is therefore the
nearest float64, just as ``float`` gives it. The few other numbers (exponents, more digits) are given to ``float``.
"""

from typing import Tuple

import numpy as np

#: Longest number that is not left to ``float``, and how much must stand before the text.
WIDTH = 16

_MINUS, _POINT, _ZERO, _SPACE, _LINE_FEED, _RETURN, _TAB = b'-.0 \n\r\t'
#: By the number of decimals: what to divide by, and what the digits before the point count if it is taken for a digit
#: itself. The last entry is for numbers without a point.
_DIVISOR = np.append(10 ** np.arange(WIDTH, dtype=np.int64), 1)
_BEFORE = np.append(10 * _DIVISOR[:-1], 10 ** (WIDTH + 1))
#: By the length of a number: which of the bytes that end with it are its own.
_OWN = np.arange(WIDTH) >= WIDTH - np.arange(WIDTH + 1)[:, None]
#: Digits become whole numbers by halves, which a float64 holds exactly.
_HALF, _SHIFT = WIDTH // 2, WIDTH.bit_length() - 1
_PLACES = 10.0 ** np.arange(_HALF)[::-1]
_LARGEST = float(np.finfo(np.float32).max)


def as_bytes(text: bytes) -> np.ndarray:
    """The text as bytes, with ``WIDTH`` blanks before it and a line feed behind."""
    return np.frombuffer(b' ' * WIDTH + text + b'\n', np.uint8)


def blanks(text: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Finds the white space of a text.

    Args:
        text (np.ndarray): What ``as_bytes`` gave.

    Returns:
        tuple[np.ndarray]: The place of every blank character, and which of them are line feeds; ValueError if the text
        holds control characters.
    """
    places = np.flatnonzero(text <= _SPACE)
    characters = text[places]
    is_line_feed = characters == _LINE_FEED
    if not (is_line_feed | (characters == _SPACE) | (characters == _RETURN) | (characters == _TAB)).all():
        raise ValueError('control characters')
    return places, is_line_feed


def number(token: bytes) -> float:
    """One number; raises ValueError where it is none or not finite, also as float32."""
    value = float(token)
    if b'_' in token or not abs(value) <= _LARGEST:
        raise ValueError(f'{token!r} is no finite number')
    return value


def parse_decimals(text: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Reads numbers at given places of a text.

    Args:
        text (np.ndarray): What ``as_bytes`` gave.
        start (np.ndarray): Place of each number's first character.
        end (np.ndarray): Place after its last character.

    Returns:
        np.ndarray: The numbers, float64; ValueError if one is none or not finite.
    """
    length = end - start
    short = np.minimum(length, WIDTH)
    # Every window ends with its number; one void element per window makes the gather a plain copy.
    windows = np.ndarray((len(text) - WIDTH + 1,), f'V{WIDTH}', text, 0, (1,))
    characters = windows[end - WIDTH].view(np.uint8).reshape(-1, WIDTH)
    own = _OWN.take(short, axis=0)
    digits = characters - np.uint8(_ZERO)  # what stands before '0' wraps round to large values
    is_digit = (digits < 10) & own
    digits *= is_digit
    halves = (digits.astype(np.float64).reshape(-1, _HALF) @ _PLACES).astype(np.int64).reshape(-1, 2)
    whole = halves[:, 0] * 10**_HALF + halves[:, 1]

    other = np.flatnonzero(own ^ is_digit)
    row, is_point = other >> _SHIFT, characters.ravel()[other] == _POINT
    decimals = np.full(len(length), -1)
    decimals[row[is_point]] = WIDTH - 1 - (other[is_point] & (WIDTH - 1))
    negative = text[start] == _MINUS

    before = whole // _BEFORE[decimals]
    mantissa = whole - before * (_BEFORE - _DIVISOR)[decimals]
    values = mantissa / _DIVISOR[decimals] * np.where(negative, -1.0, 1.0)

    num_others = np.bincount(row, minlength=len(length))
    expected = np.add(negative, decimals >= 0, dtype=np.int64)
    odd = (num_others != expected) | (num_others == short) | (length > WIDTH) | (mantissa >= 2**53)
    for index in np.flatnonzero(odd):
        values[index] = number(text[start[index] : end[index]].tobytes())
    return values
