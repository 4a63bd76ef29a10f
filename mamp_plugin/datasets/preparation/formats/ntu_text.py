"""Text of NTU RGB+D's ``.skeleton`` files.

A file holds the number of frames; per frame the number of bodies; per body a line of ten values, the first of them its
id, the number of joints, and per joint a line of twelve values. Only the first three, x, y and z, are used.
"""

from typing import List, NamedTuple

import numpy as np

from ..raw_files import RawDataError
from ..text_table import all_finite, load_numbers, parse_number, quoted

_BODY_VALUES, _JOINT_VALUES = 10, 12


class Bodies(NamedTuple):
    """All bodies of all frames, in the order of the file.

    Args:
        num_frames (int): Frames, including those without bodies.
        frame (np.ndarray): Frame of each body.
        place (np.ndarray): Index of each body among those of its frame.
        line (np.ndarray): Line, counted from 1, with the id of each body.
        ids (list[bytes]): Ids as text: they are integers too large for float64.
        joints (np.ndarray): Coordinates, ``(bodies, V, 3)``, float32.
        unread_lines (int): Lines after the last frame.
    """

    num_frames: int
    frame: np.ndarray
    place: np.ndarray
    line: np.ndarray
    ids: List[bytes]
    joints: np.ndarray
    unread_lines: int


def read_bodies(text: bytes, num_joints: int, where: str) -> Bodies:
    """Read a ``.skeleton`` file.

    Args:
        text (bytes): Content of the file.
        num_joints (int): Joints that every body must have.
        where (str): File name for error messages.
    """
    try:
        return _read(_Lines(text, where), num_joints)
    except ValueError:  # find the first fault, or accept odd values that are not used
        return _read(_CheckedLines(text, where), num_joints)


def _read(lines: '_Lines', num_joints: int) -> Bodies:
    frame, place, line, ids = [], [], [], []
    num_frames = lines.count('the number of frames')
    for index in range(num_frames):
        for body in range(lines.count('the number of bodies')):
            frame.append(index)
            place.append(body)
            line.append(lines.position + 1)
            ids.append(lines.integer(_BODY_VALUES, 'a body with its id'))
            found = lines.count('the number of joints')
            if found != num_joints:
                raise RawDataError(f'{lines.where}:{lines.position}: expected {num_joints} joints, found {found}')
            lines.take_joints(num_joints)
    joints = lines.coordinates() if ids else np.zeros((0, 3))
    return Bodies(
        num_frames,
        np.array(frame, np.int64),
        np.array(place, np.int64),
        np.array(line, np.int64),
        ids,
        joints.reshape(-1, num_joints, 3).astype(np.float32),
        len(lines.lines) - lines.position,
    )


class _Lines:
    """Lines of a file, with those of joints converted all at once."""

    def __init__(self, text: bytes, where: str) -> None:
        self.lines = text.rstrip().split(b'\n')
        self.where = where
        self.position = 0
        self.joints: list = []

    def values(self, number: int, what: str) -> List[bytes]:
        if self.position == len(self.lines):
            raise RawDataError(f'{self.where}:{self.position}: the file ends, expected {what} in the next line')
        self.position += 1
        values = self.lines[self.position - 1].split()
        if len(values) != number:
            raise RawDataError(
                f'{self.where}:{self.position}: expected {what}, found {len(values)} values instead of {number}'
            )
        return values

    def integer(self, number: int, what: str) -> bytes:
        """Return the digits that a line of ``number`` values starts with."""
        value = self.values(number, what)[0]
        if not value.isdigit():
            raise RawDataError(f'{self.where}:{self.position}: expected {what}, found {quoted(value)}')
        return value

    def count(self, what: str) -> int:
        return int(self.integer(1, what)[:9])

    def take_joints(self, number: int) -> None:
        self.joints += self.lines[self.position : self.position + number]
        self.position += number
        if self.position > len(self.lines):
            raise ValueError('the file ends in a body')

    def coordinates(self) -> np.ndarray:
        """Return ``(joints, 3)``; raise ValueError if a line is not as expected."""
        table = load_numbers(self.joints)
        if table.shape != (len(self.joints), _JOINT_VALUES) or not all_finite(table[:, :3]):
            raise ValueError('unexpected values')
        return table[:, :3]


class _CheckedLines(_Lines):
    """Lines of a file, each checked by itself so that errors name it."""

    def take_joints(self, number: int) -> None:
        for _ in range(number):
            values = self.values(_JOINT_VALUES, 'a joint')[:3]
            self.joints.append([parse_number(value, f'{self.where}:{self.position}') for value in values])

    def coordinates(self) -> np.ndarray:
        return np.array(self.joints)
