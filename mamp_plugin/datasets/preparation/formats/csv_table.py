"""Tables of coordinates in .csv and .tsv files, separated by commas, semicolons or tabs.

Without a heading, a line holds all coordinates of a frame: of the first joint, of the second and so on, then those of a
second person. With a heading, a table is wide, with a line per frame and person, or long, with a line per joint:

    frame,person,nose_x,nose_y,nose_score,left_eye_x,left_eye_y,left_eye_score
    frame,person,joint,x,y,score

Columns stand in any order; those of no joint of the layout are ignored. Lines are sorted by the frame or the time.
Empty cells are missing joints.
"""

import re
from contextlib import suppress
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from ..headed_table import HeadedTable
from ..joint_names import joint_places, pick_joints, require_layout
from ..raw_files import RawDataError
from ..recording import Content, Recording, RecordingFormat
from ..table_poses import Pose, join_poses
from ..text_table import cells, read_table
from .plain_arrays import as_recording

_COLUMN = re.compile(r'(.+?)(?:[\s_.-]+((?i:x|y|z|score|confidence|visibility))|([XYZ]))')


class CsvTable(RecordingFormat):
    """Table of coordinates: plain, wide or long."""

    title = '.csv, .tsv (tables)'
    pattern = r'.+\.(?i:csv|tsv)'

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        first = next((line for line in file.data.splitlines() if line.strip()), b'')
        separator = next((each for each in (';', '\t') if each.encode() in first), ',')
        if separator == ';':  # spreadsheets write it where the comma is the decimal point
            file, first = file._replace(data=file.data.replace(b',', b'.')), first.replace(b',', b'.')
        if not first or any(map(_is_number, first.split(separator.encode()))):
            if layout is None:
                raise RawDataError(f'{file.where} does not say its joints; name the layout, --layout NAME or FILE.json')
            return [as_recording(read_csv(file.data, file.where, layout, separator), layout, file.where)]
        table = HeadedTable(file, separator)
        return (_read_long if 'joint' in table.columns else _read_wide)(table, layout)


def read_csv(text: bytes, where: str, layout: SkeletonLayout, separator: str = ',') -> np.ndarray:
    """Return the coordinates in a table without heading, ``(M, T, V, C)``.

    Args:
        text (bytes): Content of the file.
        where (str): File name for error messages.
        layout (SkeletonLayout): Layout of the skeletons.
        separator (str): Separator of the values. Defaults to a comma.
    """
    columns = next((len(values) for _, values in cells(text, separator)), 0)
    if not columns or columns % (layout.num_joints * layout.dims):
        raise RawDataError(
            f'{where}: expected {layout.num_joints} joints x {layout.dims} values per line, or a multiple of them for '
            f'more persons, found {columns}'
        )
    table = read_table(text, columns, where, separator)
    return table.reshape(len(table), -1, layout.num_joints, layout.dims).swapaxes(0, 1)


def _is_number(cell: bytes) -> bool:
    with suppress(ValueError):
        float(cell)
        return True
    return False


def _read_wide(table: HeadedTable, layout: Optional[SkeletonLayout]) -> List[Recording]:
    joints = _joint_columns(table)
    if not joints:
        raise RawDataError(
            f'{table.heading_place}: expected columns JOINT_x, JOINT_y and so on, or joint, x, y; found '
            f'{", ".join(table.heading)}'
        )
    picked = [list(joints)[index] for index in pick_joints(list(joints), layout, table.heading_place)]
    scored = any('score' in joints[name] for name in picked)
    values = [*'xyz'[: layout.dims], *(['score'] if scored else [])]
    for name in picked:
        lacking = next((value for value in values if value not in joints[name]), None)
        if lacking:
            raise RawDataError(
                f'{table.heading_place}: no column {name}_{lacking}; expected {", ".join(values)} of every joint'
            )
    columns = [joints[name][value] for name in picked for value in values]
    found: Dict[tuple, int] = {}
    numbers = table.numbers(columns).reshape(-1, layout.num_joints, len(values))
    for row in table.rows:
        table.check_single(found, (row.recording, row.moment, row.person), row, 'the pose')
    poses = [Pose(row, pose) for row, pose in zip(table.rows, numbers)]
    return join_poses(poses, table, layout)


def _joint_columns(table: HeadedTable) -> Dict[str, Dict[str, int]]:
    """Return the columns x, y, z and score of every joint in the heading that has one of x, y and z."""
    joints: Dict[str, Dict[str, int]] = {}
    for index, heading in enumerate(table.heading):
        match = None if index in table.columns.values() else _COLUMN.fullmatch(heading)
        if match:
            value = (match[2] or match[3]).lower()
            columns = joints.setdefault(match[1], {})
            if columns.setdefault(value if value in 'xyz' else 'score', index) != index:
                raise RawDataError(f'{table.heading_place}: two columns for {heading}; keep one')
    return {name: columns for name, columns in joints.items() if columns.keys() & {'x', 'y', 'z'}}


def _read_long(table: HeadedTable, layout: Optional[SkeletonLayout]) -> List[Recording]:
    names = list(dict.fromkeys(row.cells[table.columns['joint']] for row in table.rows))
    layout = require_layout(layout, names, table.where)
    joints = _joint_numbers(names, layout, table)
    values = [*'xyz'[: layout.dims], *(['score'] if 'score' in table.columns else [])]
    lacking = next((value for value in values if value not in table.columns), None)
    if lacking:
        raise RawDataError(
            f'{table.heading_place}: no column {lacking}; layout {layout.name} has {layout.dims} coordinates'
        )
    columns = [table.columns[value] for value in values]
    found: Dict[tuple, int] = {}
    poses: Dict[Tuple, Pose] = {}
    for row, numbers in zip(table.rows, table.numbers(columns)):
        name = row.cells[table.columns['joint']]
        if name in joints:
            key = row.recording, row.moment, row.person
            table.check_single(found, (*key, joints[name]), row, 'joint ' + name)
            if key not in poses:
                poses[key] = Pose(row, np.full((layout.num_joints, len(columns)), np.nan))
            poses[key].values[joints[name]] = numbers
    return join_poses(list(poses.values()), table, layout)


def _joint_numbers(names: List[str], layout: SkeletonLayout, table: HeadedTable) -> Dict[str, int]:
    """Return the joint of every name or index in the column joint; names of other joints are left out."""
    if all(name.isdecimal() and len(name) < 10 for name in names):
        row = next((row for row in table.rows if int(row.cells[table.columns['joint']]) >= layout.num_joints), None)
        if row:
            raise RawDataError(
                f'{table.place(row)}: joint {row.cells[table.columns["joint"]]}, but layout {layout.name} has '
                f'{layout.num_joints} joints, counted from 0'
            )
        return {name: int(name) for name in names}
    places = joint_places(names, layout, table.where)
    if None in places and len(names) > len(places) - places.count(None):
        pick_joints(names, layout, table.where)  # raises: a name that the layout lacks may be one that is missing
    return {names[place]: joint for joint, place in enumerate(places) if place is not None}
