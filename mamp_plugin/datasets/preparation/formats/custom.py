"""Your own sequences: one file each, and a table of their labels.

A sequence is a .npy array of shape (frames, joints, coordinates) or (persons, frames, joints, coordinates), or a .csv
file with a line of numbers per frame: all coordinates of the first joint, of the second and so on, then those of the
second person if there is one. Joints are ordered as in the layout (docs/data/layouts.md). Absent persons are zero.

The table has a line per sequence: the name of its file, its label and, optionally, its split. Labels are numbers from
0 on, or class names, which are numbered in alphabetical order. For the files moves/jump1.npy, moves/sit1.npy and
moves/sit2.csv the table labels.csv could be

    name,label,split
    jump1,jump,train
    sit1,sit,train
    sit2,sit,val

and the command

    python tools/data/prepare.py custom --raw moves --table labels.csv --layout nturgb+d --out data/skeleton/moves.pkl
"""

import argparse
import csv
import io
import os
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout, portable_layout

from ..converted import Converted
from ..preparation import Preparation, add_layout_arguments, named_layout
from ..raw_files import RawDataError
from ..text_table import cells, read_table


class _Entry(NamedTuple):
    """Line of the table."""

    label: str
    split: str = ''


class Custom(Preparation):
    """Files of coordinates with a table of labels.

    Args:
        raw (Sequence[str]): Folders, zip archives or files.
        table (str): Table of labels.
        layout (str): Layout of the skeletons: name or JSON file.
    """

    name = 'custom'
    title = 'your own files'
    out = ''

    def __init__(self, raw: Sequence[str], table: str, layout: str) -> None:
        super().__init__(raw)
        self.layout = named_layout(layout)
        self.table = table
        self.entries = _read_entries(table)
        self.classes = _number_classes({entry.label for entry in self.entries.values()})
        self.num_classes = 1 + max(self.classes.values())

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument('--table', required=True, metavar='FILE', help='csv file: name,label or name,label,split')
        add_layout_arguments(parser, required=True)

    @property
    def options(self) -> Dict[str, Any]:
        return dict(layout=portable_layout(self.layout))

    def items(self) -> List[tuple]:
        table = os.path.realpath(self.table)
        files = {
            name: file
            for name, (_, file) in self.files.named(r'(.+)\.(?:npy|csv)', '.npy or .csv file').items()
            if file.archived or os.path.realpath(os.path.join(file.source, file.name)) != table
        }
        self.note(f'not in {self.table}, not read', files.keys() - self.entries.keys())
        self.note(f'in {self.table}, but without a file', self.entries.keys() - files.keys())
        if any(not label.isdigit() for label in self.classes):
            self.notes.append('labels: ' + ', '.join(f'{number} = {name}' for name, number in self.classes.items()))
        return [
            (name, self.classes[self.entries[name].label], file) for name, file in files.items() if name in self.entries
        ]

    def convert(self, item: tuple, converted: Converted) -> None:
        name, label, file = item
        content = self.files.read(file)
        if file.name.endswith('.npy'):
            keypoint = read_npy(content, file.label)
        else:
            keypoint = read_csv(content, file.label, converted.layout)
        converted.add(name, keypoint[None] if keypoint.ndim == 3 else keypoint, file.label, label)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        splits: Dict[str, List[str]] = {entry.split: [] for entry in self.entries.values() if entry.split}
        for annotation in annotations:
            split = self.entries[annotation['frame_dir']].split
            if split:
                splits[split].append(annotation['frame_dir'])
        return splits


def read_npy(content: bytes, where: str) -> np.ndarray:
    """Return the array in a ``.npy`` file.

    Args:
        content (bytes): Content of the file.
        where (str): File name for error messages.
    """
    try:
        keypoint = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise RawDataError(f'{where} is not a readable .npy file: {error}') from error
    if not isinstance(keypoint, np.ndarray) or keypoint.dtype.kind not in 'fiu':
        raise RawDataError(f'{where}: expected an array of numbers')
    return keypoint


def read_csv(text: bytes, where: str, layout: SkeletonLayout) -> np.ndarray:
    """Return the coordinates in a ``.csv`` file, ``(M, T, V, C)``.

    Args:
        text (bytes): Content of the file.
        where (str): File name for error messages.
        layout (SkeletonLayout): Layout of the skeletons.
    """
    columns = next((len(values) for _, values in cells(text, ',')), 0)
    if not columns or columns % (layout.num_joints * layout.dims):
        raise RawDataError(
            f'{where}: expected {layout.num_joints} joints x {layout.dims} values per line, or a multiple of them for '
            f'more persons, found {columns}'
        )
    table = read_table(text, columns, where, ',')
    return table.reshape(len(table), -1, layout.num_joints, layout.dims).swapaxes(0, 1)


def _read_entries(table: str) -> Dict[str, _Entry]:
    """Return the lines of the table by sequence name."""
    try:
        with open(table, newline='', encoding='utf-8-sig') as file:  # spreadsheets write a byte order mark
            reader = csv.reader(file)
            lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader if any(line)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise RawDataError(f'{table} is not a readable csv file: {error}') from error
    heading = lines[0][1] if lines else []
    if heading not in (['name', 'label'], ['name', 'label', 'split']) or len(lines) < 2:
        raise RawDataError(f'{table}:1: expected the heading name,label or name,label,split and lines of that form')
    entries: Dict[str, _Entry] = {}
    for number, values in lines[1:]:
        if len(values) != len(heading) or not all(values[:2]):
            raise RawDataError(f'{table}:{number}: expected {",".join(heading)}, found {",".join(values)}')
        name = values[0][:-4] if values[0].endswith(('.npy', '.csv')) else values[0]
        if name in entries:
            raise RawDataError(f'{table}:{number}: {name} is listed twice')
        entries[name] = _Entry(*values[1:])
    return entries


def _number_classes(labels: set) -> Dict[str, int]:
    if all(label.isdigit() for label in labels):
        return {label: int(label) for label in labels}
    return {label: number for number, label in enumerate(sorted(labels))}
