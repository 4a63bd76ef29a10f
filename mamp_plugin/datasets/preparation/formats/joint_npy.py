"""Arrays of the 2s-AGCN and PCM3 code: train_data_joint.npy, train_label.pkl and the same for val.

`*_data_joint.npy` has shape (samples, 3, frames, joints, persons); `*_label.pkl` holds the names and labels of the
samples. `*_num_frame.npy` is optional: the number of frames before the sequence was padded by repetition; without it,
the padding stays. That code has already centered and rotated the skeletons.
"""

import os
from typing import Dict, List, Optional, Tuple

import numpy as np

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations

from ..raw_files import RawDataError, RawFile
from ..stored_array import npy_array
from .array_rows import ArrayRows, Part, Row


class JointNpy(ArrayRows):
    """Folder with two or three files per split."""

    name = 'joint_npy'
    title = 'arrays of the 2s-AGCN and PCM3 code (.npy)'

    def read_parts(self) -> Dict[str, Part]:
        files = {match[0]: file for match, file in self.files.matching(r'(?:train|val)_.*\.(?:npy|pkl)')}
        return {part: self._part(part, files) for part in ('train', 'val')}

    def _part(self, part: str, files: Dict[str, RawFile]) -> Part:
        array = npy_array(self._path(f'{part}_data_joint.npy', files))
        if len(array.shape) != 5:
            raise RawDataError(
                f'{array.path}: expected shape (samples, 3, frames, joints, persons), found {array.shape}'
            )
        names, labels = _read_labels(self._path(f'{part}_label.pkl', files), array.shape[0])
        num_frames: List[Optional[int]] = [None] * len(names)
        if f'{part}_num_frame.npy' in files:
            numbers = npy_array(self._path(f'{part}_num_frame.npy', files))
            num_frames = [int(number) for number in numbers.rows()]
            if len(num_frames) != len(names) or not all(0 < number <= array.shape[2] for number in num_frames):
                raise RawDataError(f'{numbers.path}: expected {len(names)} numbers from 1 to {array.shape[2]}')
        else:
            self.notes.append(f'no {part}_num_frame.npy: frames repeated as padding are kept')
        return Part(array, [Row(*row) for row in zip(names, labels, num_frames)])

    def _path(self, name: str, files: Dict[str, RawFile]) -> str:
        if name not in files:
            raise RawDataError(f'no {name} in {", ".join(self.files.paths)}')
        if files[name].archived:
            raise RawDataError(f'{files[name].label}: arrays are not read from archives; unpack it')
        return os.path.join(files[name].source, files[name].name)

    def persons(self, row: np.ndarray) -> np.ndarray:
        return row.transpose(3, 1, 2, 0)


def _read_labels(path: str, count: int) -> Tuple[List[str], List[int]]:
    content = load_annotations(path)
    if not isinstance(content, (tuple, list)) or len(content) != 2 or not len(content[0]) == len(content[1]) == count:
        raise RawDataError(f'{path}: expected {count} names and as many labels')
    names, labels = content
    if not all(isinstance(name, str) for name in names):
        raise RawDataError(f'{path}: expected sample names of type str')
    if not all(isinstance(label, (int, np.integer)) and label >= 0 for label in labels):
        raise RawDataError(f'{path}: expected labels from 0 on')
    return [name.partition('.')[0] for name in names], [int(label) for label in labels]
