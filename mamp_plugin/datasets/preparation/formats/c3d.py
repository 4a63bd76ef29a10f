"""C3D motion capture: markers in binary files.

The package c3d reads them: it is pure Python, maintained, and knows the number formats of all processors. ezc3d is
compiled, and reads files by their path only, not from archives.
"""

import io
import warnings
from typing import List, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.skeletons import SkeletonLayout

from ..joint_names import joint_places, pick_joints, require_layout
from ..raw_files import RawDataError
from ..recording import Content, Recording, RecordingFormat

#: Meters of a unit; files that name none are in millimeters.
_METERS = {'': 1e-3, 'mm': 1e-3, 'cm': 1e-2, 'm': 1.0}


class C3d(RecordingFormat):
    """C3D file, in meters; ``Anna:LASI`` and ``Ben:LASI`` are markers of two persons.

    Markers that no camera sees are zero.
    """

    title = '.c3d (markers)'
    pattern = r'.+\.(?i:c3d)'

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        labels, points = _read_points(file)
        layout = require_layout(layout, labels, file.where)
        persons = [points[:, markers] for markers in _markers_of_persons(labels, layout, file.where)]
        return [Recording(np.stack(persons), layout.name)]


def _markers_of_persons(labels: Sequence[str], layout: SkeletonLayout, where: str) -> List[List[int]]:
    """Return the markers of a layout for every subject that has at least one of them, and must have all."""
    subjects = [label.rpartition(':')[0] for label in labels]
    persons = []
    for subject in dict.fromkeys(subjects):
        own = [index for index, each in enumerate(subjects) if each == subject]
        names = [labels[index] for index in own]
        if any(place is not None for place in joint_places(names, layout, where)):
            persons.append([own[place] for place in pick_joints(names, layout, where)])
    return persons or [pick_joints(labels, layout, where)]


def _read_points(file: Content) -> Tuple[List[str], np.ndarray]:
    """Return the labels of all markers and their positions in meters, ``(T, markers, 3)``, zero where unseen."""
    try:
        package = import_extra('c3d', 'c3d')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # about analog channels, and frames that are counted below
            reader = package.Reader(io.BytesIO(file.data))
            units = reader.get('POINT:UNITS')
            meters = _METERS.get(units.string_value.strip('\0 ').lower() if units else '')
            labels = [label.strip('\0 ') for label in reader.point_labels][: reader.point_used]
            frames = [points for _, points, _ in reader.read_frames()] if labels else []
            expected = reader.frame_count
    except ImportError as error:
        raise RawDataError(f'{file.where}: {error}') from error
    except Exception as error:  # broken bytes lead the package to exceptions of many types
        raise RawDataError(f'{file.where} is not a readable .c3d file: {" ".join(str(error).split())}') from error
    if not labels:
        raise RawDataError(f'{file.where}: no labeled markers; expected POINT:LABELS')
    if meters is None:
        raise RawDataError(f'{file.where}: POINT:UNITS is {units.string_value!r}; expected mm, cm or m')
    if not frames or len(frames) != expected:
        raise RawDataError(f'{file.where}: expected {expected} frames, found {len(frames)}; the file is truncated')
    points = np.stack(frames)[:, : len(labels)]
    unseen = points[..., 3:4] < 0
    return labels, np.where(unseen, np.float32(0), points[..., :3] * np.float32(meters))
