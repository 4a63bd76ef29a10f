"""Northwestern-UCLA Multiview Action3D: one person, 20 joints of Kinect v1, one JSON file per sequence."""

import re
from typing import Any, Dict, List

import numpy as np

from ..converted import Converted
from ..json_values import parse_json
from ..preparation import Preparation, train_and_val
from ..raw_files import RawDataError, RawFile

#: Numbers of the ten actions in file names; 7 and 10 are not used. The label is the index.
_ACTIONS = (1, 2, 3, 4, 5, 6, 8, 9, 11, 12)


class NwUcla(Preparation):
    """Northwestern-UCLA: files ``aXX_sXX_eXX_vXX.json`` with ``skeletons`` of shape ``(T, V, 3)``."""

    name = 'nw_ucla'
    title = 'Northwestern-UCLA'
    out = 'data/skeleton/nw_ucla.pkl'
    layout = 'kinect_v1'
    num_classes = len(_ACTIONS)
    published = dict(xview_train=1020, xview_val=464)

    def items(self) -> List[tuple]:
        files = self.files.named(r'(a(\d\d)_s\d\d_e\d\d_v0\d)\.json', 'aXX_sXX_eXX_vXX.json')
        return [(name, int(match[2]), file) for name, (match, file) in files.items()]

    def convert(self, item: tuple, converted: Converted) -> None:
        name, action, file = item
        if action not in _ACTIONS:
            raise RawDataError(f'{file.label}: expected an action of {", ".join(map(str, _ACTIONS))}, found {action}')
        skeletons = self._read(file)
        converted.add(name, skeletons[None], file.label, _ACTIONS.index(action))
        if len(skeletons) == 1:
            converted.remark(name, 'one frame only')

    def _read(self, file: RawFile) -> np.ndarray:
        content = parse_json(self.files.read(file), file.label)
        if not isinstance(content, dict) or 'skeletons' not in content:
            raise RawDataError(f'{file.label}: expected an object with the key "skeletons"')
        try:
            return np.array(content['skeletons'], np.float64)
        except (ValueError, TypeError, OverflowError) as error:
            raise RawDataError(f'{file.label}: "skeletons" is not an array of numbers: {error}') from error

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        return train_and_val(annotations, 'xview', lambda name: re.search(r'_v(\d\d)', name)[1] in ('01', '02'))
