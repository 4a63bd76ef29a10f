"""NTU RGB+D 60 and 120: up to two persons, 25 joints, one text file per sequence."""

import argparse
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from ..converted import Converted
from ..preparation import Preparation, train_and_val
from .ntu_persons import by_energy, by_id
from .ntu_text import read_bodies

_NAME = r'S\d{3}C\d{3}P\d{3}R\d{3}A\d{3}'
# fmt: off
_TRAINING_PERSONS = (
    1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38,
    # new in NTU RGB+D 120
    45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89,
    91, 92, 93, 94, 95, 97, 98, 100, 103)
# fmt: on
_TRAINING_CAMERAS = (2, 3)


class _Ntu(Preparation):
    """NTU RGB+D: files ``SsssCcccPpppRrrrAaaa.skeleton``.

    Args:
        raw (Sequence[str]): Folders, zip archives or files.
        denoise (str): Selection of persons among noise: 'mamp' as in the MAMP code, 'energy' as in PCM3 and mmaction2.
            Defaults to 'mamp'.
        leave_out (str, optional): Text file with names of sequences to leave out, besides those without a usable
            skeleton. Defaults to None.
    """

    layout = 'nturgb+d'
    num_setups: int
    published_files: int

    def __init__(self, raw: Sequence[str], denoise: str = 'mamp', leave_out: Optional[str] = None) -> None:
        super().__init__(raw)
        self.denoise = denoise
        self.unwanted = leave_out and frozenset(re.findall(_NAME, Path(leave_out).read_text(encoding='utf-8')))

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            '--denoise',
            choices=['mamp', 'energy'],
            default='mamp',
            help='selection of persons among noise: as in the MAMP code (by id, length, width and motion; empty frames '
            'are cut), or as in PCM3 and mmaction2 (the two of four bodies that move most; all frames stay)',
        )
        parser.add_argument(
            '--leave-out',
            metavar='FILE',
            help='text file with names of sequences to leave out, such as the official list of missing skeletons; '
            'those without a usable skeleton are left out anyway',
        )

    @property
    def options(self) -> Dict[str, Any]:
        return dict(denoise=self.denoise, unwanted=self.unwanted and sorted(self.unwanted))

    def items(self) -> List[tuple]:
        files = self.files.named(rf'({_NAME})\.skeleton', 'SsssCcccPpppRrrrAaaa.skeleton')
        items = [(name, file) for name, (_, file) in files.items() if _number(name, 'S') <= self.num_setups]
        if len(items) < len(files):
            self.notes.append(f'{len(files) - len(items)} files of setups above {self.num_setups}, not read')
        if len(items) != self.published_files:
            self.notes.append(f'{len(items)} files found, the complete data set has {self.published_files}')
        return items

    def convert(self, item: tuple, converted: Converted) -> None:
        name, file = item
        if self.unwanted and name in self.unwanted:
            converted.leave_out(name, 'listed to be left out')
            return
        label = _number(name, 'A') - 1
        converted.check_label(label, file.label)
        bodies = read_bodies(self.files.read(file), converted.layout.num_joints, file.label)
        if bodies.unread_lines:
            converted.remark(name, 'lines after the last frame, not read')
        if not bodies.ids:
            converted.leave_out(name, 'no skeleton')
            return
        persons = by_id(bodies, file.label) if self.denoise == 'mamp' else by_energy(bodies)
        if persons.any():
            converted.add(name, persons, file.label, label)
        else:
            converted.leave_out(name, 'no usable skeleton')


class Ntu60(_Ntu):
    """NTU RGB+D 60: setups 1 to 17."""

    name = 'ntu60'
    title = 'NTU RGB+D 60'
    out = 'data/skeleton/ntu60_3d.pkl'
    num_classes = 60
    num_setups = 17
    published_files = 56880
    published = dict(xsub_train=40091, xsub_val=16487, xview_train=37646, xview_val=18932)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        return dict(
            **train_and_val(annotations, 'xsub', lambda name: _number(name, 'P') in _TRAINING_PERSONS),
            **train_and_val(annotations, 'xview', lambda name: _number(name, 'C') in _TRAINING_CAMERAS),
        )


class Ntu120(_Ntu):
    """NTU RGB+D 120: setups 1 to 32."""

    name = 'ntu120'
    title = 'NTU RGB+D 120'
    out = 'data/skeleton/ntu120_3d.pkl'
    num_classes = 120
    num_setups = 32
    published_files = 114480
    published = dict(xsub_train=63026, xsub_val=50919, xset_train=54468, xset_val=59477)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        return dict(
            **train_and_val(annotations, 'xsub', lambda name: _number(name, 'P') in _TRAINING_PERSONS),
            **train_and_val(annotations, 'xset', lambda name: _number(name, 'S') % 2 == 0),
        )


def _number(name: str, what: str) -> int:
    """Return the number after a letter of ``SsssCcccPpppRrrrAaaa``."""
    return int(re.search(rf'{what}(\d+)', name)[1])
