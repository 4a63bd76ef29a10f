"""MSR Action3D: one person, 20 joints of a depth sensor older than Kinect v1, one text file per sequence."""

import re
from typing import Any, Dict, List

from ..converted import Converted
from ..preparation import Preparation, train_and_val
from ..raw_files import RawDataError
from ..text_table import read_table

#: Index in the file of each joint of the layout. Files have shoulders, neck, spine, hips, hip centre, elbows, wrists,
#: hands, knees, ankles, feet and head, the left one of a pair first.
_FILE_ORDER = [6, 3, 2, 19, 0, 7, 9, 11, 1, 8, 10, 12, 4, 13, 15, 17, 5, 14, 16, 18]


class MsrAction3d(Preparation):
    """MSR Action3D: files ``aXX_sYY_eZZ_skeleton3D.txt``: x, y, z and confidence per line, 20 lines per frame."""

    name = 'msr_action3d'
    title = 'MSR Action3D'
    out = 'data/skeleton/msr_action3d.pkl'
    layout = 'kinect_v1'
    num_classes = 20

    def items(self) -> List[tuple]:
        files = self.files.named(r'(a(\d\d)_s\d\d_e\d\d)_skeleton3D\.txt', 'aXX_sYY_eZZ_skeleton3D.txt')
        return [(name, int(match[2]) - 1, file) for name, (match, file) in files.items()]

    def convert(self, item: tuple, converted: Converted) -> None:
        name, label, file = item
        table = read_table(self.files.read(file), 4, file.label)
        joints = len(_FILE_ORDER)
        if len(table) % joints:
            raise RawDataError(
                f'{file.label}:{len(table)}: the file ends within a frame, expected {joints} lines per frame'
            )
        skeleton = table.reshape(-1, joints, 4)[:, _FILE_ORDER, :3]
        converted.add(name, skeleton[None], file.label, label)

    def splits(self, annotations: List[Dict[str, Any]]) -> Dict[str, List[str]]:
        return train_and_val(annotations, 'xsub', lambda name: int(re.search(r'_s(\d\d)', name)[1]) % 2 == 1)
