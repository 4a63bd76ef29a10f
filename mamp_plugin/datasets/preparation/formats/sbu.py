"""SBU Kinect Interaction: two persons, 15 joints, one text file per sequence."""

import re
from typing import Any, Dict, List

import numpy as np

from ..converted import Converted
from ..preparation import Preparation, train_and_val
from ..raw_files import RawDataError
from ..text_table import read_table

#: Validation pairs of persons of each of the five folds.
FOLDS = (
    ('s01s02', 's03s04', 's05s02', 's06s04'),
    ('s02s03', 's02s07', 's03s05', 's05s03'),
    ('s01s03', 's01s07', 's07s01', 's07s03'),
    ('s02s01', 's02s06', 's03s02', 's03s06'),
    ('s04s02', 's04s03', 's04s06', 's06s02', 's06s03'),
)
#: Image size and focal length in pixels; the focal length is assumed, the data set does not give it.
_WIDTH, _HEIGHT, _FOCAL_LENGTH = 640, 480, 575.8


class SbuInteraction(Preparation):
    """SBU: files ``{pair}/{action}/{take}/skeleton_pos.txt`` with the frame number and both persons per line."""

    name = 'sbu'
    title = 'SBU Kinect Interaction'
    out = 'data/skeleton/sbu.pkl'
    layout = 'sbu'
    num_classes = 8
    published = {
        f'fold{fold}_{part}': count
        for fold, val in enumerate((55, 52, 56, 54, 65), start=1)
        for part, count in (('train', 282 - val), ('val', val))
    }

    def items(self) -> List[tuple]:
        files = [file for _, file in self.files.matching(r'skeleton_pos\.txt')]
        if not files:
            raise RawDataError(f'no s01s02/01/001/skeleton_pos.txt or the like in {", ".join(self.files.paths)}')
        return [('_'.join(file.name.split('/')[-4:-1]), file) for file in files]

    def convert(self, item: tuple, converted: Converted) -> None:
        name, file = item
        match = re.fullmatch(r'(s\d\ds\d\d)_(\d\d)_\d\d\d', name)
        if not match or not any(match[1] in fold for fold in FOLDS):
            raise RawDataError(
                f'{file.label}: expected folders PAIR/ACTION/TAKE of the data set, such as s01s02/01/001'
            )
        table = read_table(self.files.read(file), 1 + 2 * converted.layout.num_joints * 3, file.label, ',')
        image = table[:, 1:].reshape(len(table), 2, converted.layout.num_joints, 3).transpose(1, 0, 2, 3)
        converted.add(name, metric(image), file.label, int(match[2]) - 1)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        splits: Dict[str, List[str]] = {}
        for index, pairs in enumerate(FOLDS, start=1):
            splits.update(train_and_val(annotations, f'fold{index}', lambda name: name.split('_')[0] not in pairs))  # noqa: B023
        return splits


def metric(image: np.ndarray) -> np.ndarray:
    """Convert image positions (0 to 1) and scaled depth, ``(..., 3)``, to meters with y up."""
    depth = image[..., 2] * (10 / 7.8125)
    x = (image[..., 0] - 0.5) * _WIDTH * depth / _FOCAL_LENGTH
    y = (0.5 - image[..., 1]) * _HEIGHT * depth / _FOCAL_LENGTH
    return np.stack([x, y, depth], axis=-1)
