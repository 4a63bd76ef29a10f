"""The arrays that 2s-AGCN's and PCM3's code reads: train_data_joint.npy, train_label.pkl and val_...

`*_data_joint.npy` has shape (samples, 3, frames, joints, persons); `*_label.pkl` holds the samples' names and labels;
`*_num_frame.npy`, where there is one, how many frames there were before the rest was filled up by repetition: without
it the repetitions stay. The skeletons have been centred and turned by that code.
"""

import os
from typing import Dict, List, Optional

import numpy as np

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations

from ..array_rows import ArrayRows, Part, Row
from ..raw_files import RawDataError, RawFile
from ..stored_array import npy_array


class JointNpy(ArrayRows):
    """Folders with the three files of each split."""

    name = 'joint_npy'
    title = "arrays of 2s-AGCN's and PCM3's code (.npy)"

    def read_parts(self) -> Dict[str, Part]:
        files = {match[0]: file for match, file in self.files.matching(r'(?:train|val)_.*\.(?:npy|pkl)')}
        return {part: self._part(part, files) for part in ('train', 'val')}

    def _part(self, part: str, files: Dict[str, RawFile]) -> Part:
        data, labels = (self._path(f'{part}_{name}', files) for name in ('data_joint.npy', 'label.pkl'))
        array = npy_array(data)
        if len(array.shape) != 5:
            raise RawDataError(f'{data}: expected shape (samples, 3, frames, joints, persons), found {array.shape}')
        names, labels = _read_labels(labels, array.shape[0])
        num_frames: List[Optional[int]] = [None] * len(names)
        if f'{part}_num_frame.npy' in files:
            numbers = npy_array(self._path(f'{part}_num_frame.npy', files))
            num_frames = [int(number) for number in numbers.rows()]
            if len(num_frames) != len(names) or not all(0 < number <= array.shape[2] for number in num_frames):
                raise RawDataError(f'{numbers.path}: expected {len(names)} numbers from 1 to {array.shape[2]}')
        else:
            self.notes.append(f'{part}_num_frame.npy is not there: frames with which sequences were filled up stay')
        return Part(array, [Row(*row) for row in zip(names, labels, num_frames)])

    def _path(self, name: str, files: Dict[str, RawFile]) -> str:
        if name not in files:
            raise RawDataError(f'no {name} in {", ".join(self.files.paths)}')
        if files[name].archived:
            raise RawDataError(f'{files[name].label} has to be unpacked: arrays are read where they are')
        return os.path.join(files[name].source, files[name].name)

    def persons(self, row: np.ndarray) -> np.ndarray:
        return row.transpose(3, 1, 2, 0)


def _read_labels(path: str, count: int):
    content = load_annotations(path)
    if not isinstance(content, (tuple, list)) or len(content) != 2 or not len(content[0]) == len(content[1]) == count:
        raise RawDataError(f'{path}: expected {count} names and as many labels')
    names, labels = content
    if not all(isinstance(name, str) for name in names):
        raise RawDataError(f'{path}: expected names of samples as text')
    if not all(isinstance(label, (int, np.integer)) and label >= 0 for label in labels):
        raise RawDataError(f'{path}: expected labels from 0 on')
    return [name.partition('.')[0] for name in names], [int(label) for label in labels]
