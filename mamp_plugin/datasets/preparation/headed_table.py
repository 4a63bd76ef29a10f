"""Tables with a heading in text files: columns by their names, and the frame, time, person and recording of a line."""

import csv
import io
from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from .joint_names import normalize_name
from .raw_files import RawDataError
from .recording import Content
from .text_table import LARGEST, parse_number

#: Names of columns, normalized, by their meaning.
_MEANINGS = {
    'recording': ('recording', 'sequence', 'video', 'clip'),
    'frame': ('frame', 'frame_id', 'frame_number', 'frame_index'),
    'time': ('time', 'time_s', 'time_ms', 'timestamp', 'timestamp_s', 'timestamp_ms'),
    'person': ('person', 'person_id', 'track', 'track_id', 'body', 'body_id', 'id'),
    'joint': ('joint', 'joint_name', 'joint_id', 'keypoint', 'landmark', 'marker'),
    'x': ('x',),
    'y': ('y',),
    'z': ('z',),
    'score': ('score', 'confidence', 'visibility'),
}
_EMPTY = ('', 'nan', 'na', 'none', 'null')


class Row(NamedTuple):
    """Line of a table.

    Args:
        line (int): Number of the line, counted from 1.
        cells (list[str]): All cells.
        recording (str): Name of the recording; empty without such a column.
        moment (float): Frame number; without such a column, the time or the position in the recording.
        time (float, optional): Time, if there is such a column.
        person (str): Identity of the person; empty without such a column.
    """

    line: int
    cells: List[str]
    recording: str
    moment: float
    time: Optional[float]
    person: str


class HeadedTable:
    """Table with a heading.

    Args:
        file (Content): The file.
        separator (str): Separator of the cells.

    Attributes:
        where (str): Name of the file.
        heading (list[str]): Names of the columns.
        heading_place (str): File and line of the heading.
        columns (dict[str, int]): Columns by their meaning: recording, frame, time, person, joint, x, y, z and score.
        rows (list[Row]): Lines below the heading.
    """

    def __init__(self, file: Content, separator: str) -> None:
        self.where = file.where
        lines = self._lines(file.data, separator)
        line, self.heading = lines[0]
        self.heading_place = f'{self.where}:{line}'
        self.columns = self._columns()
        if ('person' in self.columns or 'joint' in self.columns) and not {'frame', 'time'} & self.columns.keys():
            raise RawDataError(
                f'{self.heading_place}: expected a column frame or time, as lines hold one person or joint'
            )
        counts: Dict[str, int] = {}
        self.rows = [self._row(line, row, counts) for line, row in lines[1:]]
        if not self.rows:
            raise RawDataError(f'{self.where}: no lines below the heading')

    def place(self, row: Row) -> str:
        """Return file and line for error messages."""
        return f'{self.where}:{row.line}'

    def check_single(self, found: Dict[tuple, int], key: tuple, row: Row, what: str) -> None:
        """Raise an error with both lines if something occurs twice in a frame.

        Args:
            found (dict): Lines of what occurred so far, which grows.
            key (tuple): What may occur once.
            row (Row): Where it occurs.
            what (str): Its name in the error.
        """
        other = found.setdefault(key, row.line)
        if other != row.line:
            person = f' of person {row.person}' if row.person else ''
            moment = f'{"frame" if "frame" in self.columns else "time"} {row.moment:.10g}'
            raise RawDataError(f'{self.place(row)}: {what}{person} in {moment} stands in line {other} already')

    def numbers(self, columns: List[int]) -> np.ndarray:
        """Return the numbers in some columns of all rows, ``(rows, columns)``, NaN for empty cells."""
        return np.array([[self._number(row.cells[column], row.line) for column in columns] for row in self.rows])

    def _number(self, cell: str, line: int, empty: Sequence[str] = _EMPTY) -> float:
        try:
            number = float(cell)
        except ValueError:
            number = np.nan
        if abs(number) <= LARGEST and '_' not in cell:
            return number
        return np.nan if cell.lower() in empty else parse_number(cell.encode(), f'{self.where}:{line}')

    def _lines(self, data: bytes, separator: str) -> List[tuple]:
        try:
            reader = csv.reader(io.StringIO(data.decode('utf-8-sig'), newline=''), delimiter=separator)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
        except (csv.Error, UnicodeDecodeError) as error:
            raise RawDataError(f'{self.where} is not a readable table: {error}') from error
        for line, row in lines:
            if len(row) != len(lines[0][1]):
                raise RawDataError(f'{self.where}:{line}: expected {len(lines[0][1])} values, found {len(row)}')
        return lines

    def _columns(self) -> Dict[str, int]:
        columns: Dict[str, int] = {}
        for index, name in enumerate(self.heading):
            for meaning, names in _MEANINGS.items():
                if normalize_name(name) in names and columns.setdefault(meaning, index) != index:
                    both = f'{self.heading[columns[meaning]]!r} and {name!r}'
                    raise RawDataError(f'{self.heading_place}: {both} both mean {meaning}; keep one')
        return columns

    def _row(self, line: int, cells: List[str], counts: Dict[str, int]) -> Row:
        def cell(meaning: str) -> str:
            return cells[self.columns[meaning]] if meaning in self.columns else ''

        recording = cell('recording')
        counts[recording] = counts.get(recording, -1) + 1
        moment: float = counts[recording]
        time = self._number(cell('time'), line, ()) if 'time' in self.columns else None
        if 'frame' in self.columns:
            moment = self._number(cell('frame'), line, ())
            if moment != int(moment):
                raise RawDataError(f'{self.where}:{line}: expected a whole frame number, found {cell("frame")}')
        elif time is not None:
            moment = time
        return Row(line, cells, recording, moment, time, cell('person'))
