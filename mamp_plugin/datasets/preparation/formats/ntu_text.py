"""The text of NTU RGB+D's ``.skeleton`` files.

First the number of frames; per frame the number of bodies; per body a line of ten values, the first of them the body's
id, then the number of joints, then per joint a line of twelve values. Of these only x, y and z, the first, are read.
"""

from typing import List, NamedTuple, Union

import numpy as np

from ..decimals import WIDTH, as_bytes, blanks, parse_decimals
from ..raw_files import RawDataError
from ..text_table import check_number, shown

_BODY_VALUES, _JOINT_VALUES = 10, 12


class Bodies(NamedTuple):
    """Every body of every frame, in the order of the file.

    Args:
        num_frames (int): Frames, those without bodies included.
        frame (np.ndarray): The frame of each body.
        place (np.ndarray): Its place among the bodies of the frame.
        line (np.ndarray): The line of the file, counted from 1, that has its id.
        ids (list[bytes]): The ids: text, as they are whole numbers too large for a float64.
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
    """Reads a ``.skeleton`` file.

    Args:
        text (bytes): The file's content.
        num_joints (int): Joints that every body must have.
        where (str): The file, for error messages.
    """
    try:
        return _walk(_AllAtOnce(text), num_joints)
    except (ValueError, IndexError):  # reading line by line is slow but knows what is wrong where
        return _walk(_LineByLine(text, where), num_joints)


def _walk(lines: Union['_AllAtOnce', '_LineByLine'], num_joints: int) -> Bodies:
    frame, place, line, ids = [], [], [], []
    num_frames = lines.count('the number of frames')
    for index in range(num_frames):
        for body in range(lines.count('the number of bodies')):
            frame.append(index)
            place.append(body)
            line.append(lines.position + 1)
            ids.append(lines.body_id())
            found = lines.count('the number of joints')
            if found != num_joints:
                raise RawDataError(f'{lines.where}:{lines.position}: expected {num_joints} joints, found {found}')
            lines.skip_joints(num_joints)
    joints = lines.joints().reshape(-1, num_joints, 3).astype(np.float32)
    places = (np.array(values, np.int64) for values in (frame, place, line))
    return Bodies(num_frames, *places, ids, joints, lines.unread())


class _AllAtOnce:
    """A file of the usual form: single blanks between values. Raises ValueError or IndexError if it is not."""

    where = ''

    def __init__(self, text: bytes) -> None:
        self.text, self.buffer = text, as_bytes(text)
        self.blanks, is_line_feed = blanks(self.buffer)
        doubled = np.diff(self.blanks) == 1
        if (doubled & ~is_line_feed[1:])[WIDTH:].any():
            raise ValueError('several blanks between values')
        # The blank before the first character ends line "-1".
        self.ends = np.append(WIDTH - 1, np.flatnonzero(is_line_feed))
        self.num_values = np.diff(self.ends) - doubled[self.ends[1:] - 1]
        self.characters = (self.blanks[self.ends] + 1 - WIDTH).tolist()
        self.position = 0
        self.body_lines: List[int] = []
        self.joint_lines: List[int] = []

    def _line(self) -> bytes:
        self.position += 1
        return self.text[self.characters[self.position - 1] : self.characters[self.position]]

    def count(self, what: str) -> int:
        line = self._line().strip()
        if not line.isdigit():
            raise ValueError(f'expected {what}')
        return int(line)

    def body_id(self) -> bytes:
        self.body_lines.append(self.position)
        body_id = self._line().split(None, 1)[0]
        if not body_id.isdigit():
            raise ValueError('expected a body id')
        return body_id

    def skip_joints(self, number: int) -> None:
        self.joint_lines.append(self.position)
        self.position += number
        if self.position >= len(self.ends):
            raise ValueError('the file ends in a body')
        self.num_joints = number

    def joints(self) -> np.ndarray:
        if not self.joint_lines:
            return np.zeros((0, 3))
        lines = (np.array(self.joint_lines)[:, None] + np.arange(self.num_joints)).ravel()
        if (self.num_values[lines] != _JOINT_VALUES).any() or (self.num_values[self.body_lines] != _BODY_VALUES).any():
            raise ValueError('a line has too few or too many values')
        before = (self.ends[lines][:, None] + np.arange(3)).ravel()
        return parse_decimals(self.buffer, self.blanks[before] + 1, self.blanks[before + 1])

    def unread(self) -> int:
        return int((self.num_values[self.position :] > 0).sum())


class _LineByLine:
    """A file with something wrong or unusual in it."""

    def __init__(self, text: bytes, where: str) -> None:
        self.lines = text.rstrip().split(b'\n')
        self.where = where
        self.position = 0
        self.coordinates: List[List[float]] = []

    def _values(self, number: int, what: str) -> List[bytes]:
        if self.position == len(self.lines):
            raise RawDataError(f'{self.where}:{self.position}: the file ends, expected {what} in the next line')
        self.position += 1
        values = self.lines[self.position - 1].split()
        if len(values) != number:
            raise RawDataError(
                f'{self.where}:{self.position}: expected {what}, found {len(values)} values instead of {number}'
            )
        return values

    def _digits(self, number: int, what: str) -> bytes:
        value = self._values(number, what)[0]
        if not value.isdigit():
            raise RawDataError(f'{self.where}:{self.position}: expected {what}, found {shown(value)}')
        return value

    def count(self, what: str) -> int:
        return int(self._digits(1, what)[:9])

    def body_id(self) -> bytes:
        return self._digits(_BODY_VALUES, 'a body with its id')

    def skip_joints(self, number: int) -> None:
        for _ in range(number):
            values = self._values(_JOINT_VALUES, 'a joint')[:3]
            self.coordinates.append([check_number(value, f'{self.where}:{self.position}') for value in values])

    def joints(self) -> np.ndarray:
        return np.array(self.coordinates)

    def unread(self) -> int:
        return len(self.lines) - self.position
