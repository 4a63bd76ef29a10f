"""Base class of the formats that keep a whole split in one array."""

import argparse
from abc import abstractmethod
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from mamp_plugin.skeletons.presence import present_frames

from ..converted import Converted
from ..preparation import Preparation
from ..stored_array import StoredArray

#: Rows per item; a compressed array is one item, as it can only be read from its beginning.
_ROWS = 256


class Row(NamedTuple):
    """Name, label and length of a sample; without ``num_frames``, zero frames at the end are cut."""

    name: str
    label: int
    num_frames: Optional[int] = None


class Part(NamedTuple):
    """Samples of a split."""

    array: StoredArray
    rows: List[Row]


class ArrayRows(Preparation):
    """Arrays with a sample in every row.

    Args:
        raw (Sequence[str]): Files or folders with the arrays.
        protocol (str): 'xsub', 'xview' or 'xset'; the splits are named ``{protocol}_train`` and ``{protocol}_val``.
    """

    out = ''
    layout = 'nturgb+d'
    chunk_size = 1

    def __init__(self, raw: Sequence[str], protocol: str) -> None:
        super().__init__(raw)
        self.protocol = protocol
        #: By 'train' and 'val'.
        self.parts: Dict[str, Part] = self.read_parts()
        self.num_classes = 1 + max(row.label for part in self.parts.values() for row in part.rows)

    def __getstate__(self) -> dict:
        """Drop the parts: a worker gets its rows in the items."""
        return dict(vars(self), parts={})

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            '--protocol',
            required=True,
            choices=['xsub', 'xview', 'xset'],
            help='prefix of the splits, as in xsub_train and xsub_val',
        )

    @abstractmethod
    def read_parts(self) -> Dict[str, Part]:
        """Return the parts 'train' and 'val'."""

    @abstractmethod
    def persons(self, row: np.ndarray) -> np.ndarray:
        """Return a row as coordinates, ``(M, T, V, C)``."""

    def items(self) -> List[tuple]:
        return [
            (array, start, rows[start : start + size])
            for array, rows in self.parts.values()
            for size in [len(rows) if array.offset is None else _ROWS]
            for start in range(0, len(rows), size)
        ]

    def convert(self, item: tuple, converted: Converted) -> None:
        array, start, rows = item
        for index, coordinates in enumerate(array.rows(start, start + len(rows))):
            name, label, num_frames = rows[index]
            keypoint = self.persons(coordinates)
            if num_frames is None:
                num_frames = 1 + max(np.flatnonzero(present_frames(keypoint).any(axis=0)), default=-1)
            with converted.skipping_broken():
                converted.add(name, keypoint[:, :num_frames], f'{array.label}[{start + index}]', label)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        kept = [annotation['frame_dir'] for annotation in annotations]
        members = {name: {row.name for row in part.rows} for name, part in self.parts.items()}
        return {f'{self.protocol}_{name}': [one for one in kept if one in those] for name, those in members.items()}
