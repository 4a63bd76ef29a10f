"""Arrays of the MAMP and CTR-GCN code: NTU60_XSub.npz, NTU60_CS.npz and so on.

`x_train` and `x_test` have shape (samples, frames, 150): 25 joints of one person, then of the other, padded with zero
frames. `y_train` and `y_test` are one-hot labels. Samples have no names and are numbered.
"""

from typing import Dict

import numpy as np

from mamp_plugin.skeletons import get_layout

from ..raw_files import RawDataError
from ..stored_array import StoredArray, npz_arrays
from .array_rows import ArrayRows, Part, Row

_PERSONS = 2


class MampNpz(ArrayRows):
    """Single ``.npz`` file."""

    name = 'mamp_npz'
    title = 'arrays of the MAMP and CTR-GCN code (.npz)'

    def read_parts(self) -> Dict[str, Part]:
        if len(self.files.paths) != 1:
            raise RawDataError(f'expected one .npz file, found {" ".join(self.files.paths)}')
        (path,) = self.files.paths
        arrays = npz_arrays(path)
        missing = {'x_train', 'y_train', 'x_test', 'y_test'} - arrays.keys()
        if missing:
            raise RawDataError(f'{path} lacks {", ".join(sorted(missing))}; found {", ".join(arrays)}')
        return {part: _part(name, arrays) for part, name in (('train', 'train'), ('val', 'test'))}

    def persons(self, row: np.ndarray) -> np.ndarray:
        return row.reshape(len(row), _PERSONS, -1, 3).swapaxes(0, 1)


def _part(name: str, arrays: Dict[str, StoredArray]) -> Part:
    x, y = arrays[f'x_{name}'], arrays[f'y_{name}']
    columns = _PERSONS * 3 * get_layout(MampNpz.layout).num_joints
    if len(x.shape) != 3 or x.shape[2] != columns:
        raise RawDataError(f'{x.label}: expected shape (samples, frames, {columns}), found {x.shape}')
    if len(y.shape) != 2 or y.shape[0] != x.shape[0]:
        raise RawDataError(f'{y.label}: expected shape ({x.shape[0]}, classes), found {y.shape}')
    one_hot = np.stack(list(y.rows()))
    if not ((one_hot == 1).sum(axis=1) == 1).all() or not np.isin(one_hot, (0, 1)).all():
        raise RawDataError(f'{y.label}: expected one-hot labels, found another row than a single 1 among zeros')
    return Part(x, [Row(f'{name}_{index:06}', int(label)) for index, label in enumerate(one_hot.argmax(axis=1))])
