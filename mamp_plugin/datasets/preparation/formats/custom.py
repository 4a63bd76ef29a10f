"""Your own recordings, in any format that is known, and a table of their labels.

Known are .npy and .npz arrays, .csv, and the files of pose estimators and motion capture in docs/data/recordings.md.
Absent persons and missing joints are zero.

The table has a line per recording: the name of its file, its label and, optionally, its split. Labels are class names
or numbers from 0 on. Names are numbered as in --classes, a text file with a name per line or an earlier annotation
file; without it, in alphabetical order. For the files moves/jump1.npy, moves/sit1.npy and moves/sit2.csv the table
labels.csv could be

    name,label,split
    jump1,jump,train
    sit1,sit,train
    sit2,sit,val

and the command

    python tools/data/prepare.py custom --raw moves --table labels.csv --layout nturgb+d --out data/skeleton/moves.pkl
"""

import argparse
import csv
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from mamp_plugin.datasets.annotations.classes import read_classes
from mamp_plugin.skeletons import get_layout, portable_layout

from ..cleaning import Cleaning, add_cleaning_arguments
from ..converted import Converted
from ..labels import number_labels
from ..preparation import Preparation, add_layout_arguments, named_layout
from ..raw_files import RawDataError
from ..recording_files import RecordingFile, described_formats, find_recordings, is_recording, read_recordings


class _Entry(NamedTuple):
    """Line of the table."""

    place: str
    label: str
    split: str = ''


class Custom(Preparation):
    """Recordings with a table of labels.

    Args:
        raw (Sequence[str]): Folders, zip archives or files.
        table (str): Table of labels.
        layout (str, optional): Layout of the skeletons: name or JSON file. Defaults to None: that of the files.
        classes (str, optional): File of class names, see :func:`read_classes`. Defaults to None.
        **cleaning: Arguments of :class:`Cleaning`.
    """

    name = 'custom'
    title = 'your own files'
    out = ''

    def __init__(
        self,
        raw: Sequence[str],
        table: str,
        layout: Optional[str] = None,
        classes: Optional[str] = None,
        **cleaning: Any,
    ) -> None:
        super().__init__(raw)
        self.table = table
        self.cleaning = Cleaning(**cleaning)
        self.entries = _read_entries(table)
        self.labels = number_labels({entry.label: entry.place for entry in self.entries.values()}, _names_in(classes))
        self.num_classes, self.classes = self.labels.num_classes, self.labels.classes
        self.asked = None if layout is None else named_layout(layout)
        self.recordings = self._find_recordings()
        self.layout = self.asked or self._layout_of_files()

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument('--table', required=True, metavar='FILE', help='csv file: name,label or name,label,split')
        parser.add_argument(
            '--classes', metavar='FILE', help='class names in the order of their numbers: a text file, or a .pkl file'
        )
        add_layout_arguments(parser, required=False)
        parser.add_argument(
            '--scores', choices=['keep', 'drop'], help='keep or drop confidences; default: keep those of 2D layouts'
        )
        add_cleaning_arguments(parser)

    @property
    def options(self) -> Dict[str, Any]:
        return dict(layout=portable_layout(self.layout), **vars(self.cleaning))

    def items(self) -> List[tuple]:
        self.notes += self.labels.notes
        labels: Dict[str, Dict[str, int]] = {}
        for name, entry in self.entries.items():
            labels.setdefault(_file_of(name), {})[name] = self.labels.numbers[entry.label]
        self.note(f'not in {self.table}, not read', self.recordings.keys() - labels.keys())
        without = labels.keys() - self.recordings.keys()
        self.note(f'in {self.table}, but without a file', [name for file in without for name in labels[file]])
        return [(found, labels[name]) for name, found in self.recordings.items() if name in labels]

    def convert(self, item: tuple, converted: Converted) -> None:
        found, labels = item
        for name, recording in read_recordings(self.files, found, get_layout(self.layout), self.cleaning):
            label = labels.get(name, labels.get(_file_of(name)))
            if label is None:
                converted.leave_out(name, f'not in {self.table}')
                continue
            score = {} if recording.score is None else dict(keypoint_score=recording.score)
            converted.add(name, recording.keypoint, found.label, label, **score)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        splits: Dict[str, List[str]] = {entry.split: [] for entry in self.entries.values() if entry.split}
        for annotation in annotations:
            name = annotation['frame_dir']
            split = self.entries[name if name in self.entries else _file_of(name)].split
            if split:
                splits[split].append(name)
        return splits

    def _find_recordings(self) -> Dict[str, RecordingFile]:
        """Return the recordings by the names of their files without folders."""
        table = os.path.realpath(self.table)
        recordings: Dict[str, RecordingFile] = {}
        for found in find_recordings(self.files):
            first = found.files[0]
            if not first.archived and os.path.realpath(os.path.join(first.source, first.name)) == table:
                continue
            name = found.name.rpartition('/')[2]
            other = recordings.setdefault(name, found._replace(name=name))
            if other.files != found.files:
                raise RawDataError(f'{name} exists twice: {other.label} and {found.label}; give only one of them')
        if not recordings:
            raise RawDataError(f'no recordings in {", ".join(self.files.paths)}; known are {described_formats()}')
        return recordings

    def _layout_of_files(self) -> str:
        """Return the layout of the first recording."""
        first = next(iter(self.recordings.values()))
        return next(read_recordings(self.files, first, None, Cleaning()))[1].layout


def _file_of(name: str) -> str:
    """Return the file of a recording, of which a file may hold several, ``FILE/NAME``."""
    return name.partition('/')[0]


def _names_in(classes: Optional[str]) -> Optional[List[str]]:
    try:
        return None if classes is None else read_classes(classes)
    except (ValueError, OSError) as error:
        raise RawDataError(str(error)) from error


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
        name = os.path.splitext(values[0])[0] if is_recording(values[0]) else values[0]
        if name in entries:
            raise RawDataError(f'{table}:{number}: {name} is listed twice')
        entries[name] = _Entry(f'{table}:{number}', *values[1:])
    return entries
