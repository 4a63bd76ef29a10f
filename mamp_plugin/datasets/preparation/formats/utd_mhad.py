"""UTD-MHAD: one person, 20 joints of Kinect v1, one MATLAB file per sequence."""

import io
from typing import Any, Dict, List

import numpy as np
from scipy.io import loadmat

from ..converted import Converted
from ..preparation import Preparation, train_and_val
from ..raw_files import RawDataError, RawFile

#: Files begin with head, shoulder center, spine, hip center; the layout has these in reverse order.
_FILE_ORDER = [3, 2, 1, 0, *range(4, 20)]


class UtdMhad(Preparation):
    """UTD-MHAD: files ``a{action}_s{subject}_t{trial}_skeleton.mat`` with ``d_skel`` of shape ``(V, C, T)``."""

    name = 'utd_mhad'
    title = 'UTD-MHAD'
    out = 'data/skeleton/utd_mhad.pkl'
    layout = 'kinect_v1'
    num_classes = 27
    published = dict(xsub_train=431, xsub_val=430)

    def items(self) -> List[tuple]:
        files = self.files.named(r'(a(\d+)_s\d+_t\d+)_skeleton\.mat', 'aXX_sXX_tXX_skeleton.mat')
        return [(name, int(match[2]) - 1, file) for name, (match, file) in files.items()]

    def convert(self, item: tuple, converted: Converted) -> None:
        name, label, file = item
        skeleton = self._read(file)
        if skeleton.ndim != 3 or len(skeleton) != len(_FILE_ORDER):
            raise RawDataError(
                f'{file.label}: d_skel must have shape ({len(_FILE_ORDER)}, 3, frames), found {skeleton.shape}'
            )
        converted.add(name, skeleton[_FILE_ORDER].transpose(2, 0, 1)[None], file.label, label)

    def _read(self, file: RawFile) -> np.ndarray:
        content = self.files.read(file)
        try:
            skeleton = loadmat(io.BytesIO(content), variable_names=['d_skel'])['d_skel']
        except Exception as error:  # loadmat raises anything on a damaged file
            raise RawDataError(f'{file.label} is not a MATLAB file with a variable d_skel: {error!r}') from error
        if skeleton.dtype.kind not in 'fiu':
            raise RawDataError(f'{file.label}: d_skel holds {skeleton.dtype}, expected numbers')
        return skeleton

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        return train_and_val(annotations, 'xsub', lambda name: int(name.split('_s')[1].split('_')[0]) % 2 == 1)
