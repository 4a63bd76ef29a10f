"""Poses in the lines of a table, joined to recordings."""

from typing import Dict, List, NamedTuple

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from .headed_table import HeadedTable, Row
from .json_values import check_length
from .raw_files import RawDataError
from .recording import Recording
from .tracking import Detection, track_persons

#: Times may deviate from a constant frame rate by this share of a frame.
_JITTER = 0.05
#: More frames without a line than this are taken for an error.
_MAX_GAP = 1000


class Pose(NamedTuple):
    """Pose of a person in a frame: coordinates and perhaps scores, ``(V, C or C + 1)``, NaN where they are missing."""

    row: Row
    values: np.ndarray


def join_poses(poses: List[Pose], table: HeadedTable, layout: SkeletonLayout) -> List[Recording]:
    """Return the recordings of a table; frames without a line are empty.

    Args:
        poses (list[Pose]): Poses in any order.
        table (HeadedTable): The table.
        layout (SkeletonLayout): Layout of the poses.
    """
    by_recording: Dict[str, List[Pose]] = {}
    for pose in poses:
        by_recording.setdefault(pose.row.recording, []).append(pose)
    recordings = []
    for name, own in by_recording.items():
        numbers = _frame_numbers([pose.row for pose in own], table)
        check_length(int(numbers.max()), len(own), table.where)
        frames: List[List[Detection]] = [[] for _ in range(numbers.max() + 1)]
        for number, pose in zip(numbers, own):
            detection = _detection(pose, layout.dims)
            if detection.keypoint.any():
                frames[number].append(detection)
        keypoint, score = track_persons(frames, f'{table.where}[{name}]' if name else table.where)
        recordings.append(Recording(keypoint, layout.name, score, name))
    return recordings


def _detection(pose: Pose, dims: int) -> Detection:
    missing = np.isnan(pose.values[:, :dims]).any(axis=1, keepdims=True)
    values = np.where(missing, 0, np.nan_to_num(pose.values))
    return Detection(values[:, :dims], values[:, dims] if values.shape[1] > dims else None, pose.row.person)


def _frame_numbers(rows: List[Row], table: HeadedTable) -> np.ndarray:
    """Return the number of every row's frame in the recording, from 0 on, after checking that they are regular."""
    moments, first, numbers = np.unique([row.moment for row in rows], return_index=True, return_inverse=True)
    if 'frame' in table.columns and len(moments) > 1:
        steps = np.diff(moments)
        gaps = steps / steps.min()
        wrong = np.flatnonzero((gaps % 1 != 0) | (gaps > _MAX_GAP))
        if wrong.size:
            before, after = moments[wrong[0] : wrong[0] + 2]
            raise RawDataError(
                f'{table.place(rows[first[wrong[0] + 1]])}: frame {after:.0f} follows frame {before:.0f}, though other '
                f'steps are {steps.min():.0f}; expected one frame rate, and a column recording if there are several'
            )
        numbers = ((moments - moments[0]) / steps.min()).astype(int)[numbers]
    if 'time' in table.columns:
        _check_times(numbers[first], [rows[index] for index in first], table)
    return numbers


def _check_times(numbers: np.ndarray, rows: List[Row], table: HeadedTable) -> None:
    """Check that the times of frames, given in order, follow a constant frame rate."""
    if len(rows) < 2:
        return
    times = np.array([row.time for row in rows]) - rows[0].time
    rate, offset = np.polyfit(numbers, times, 1)
    if rate <= 0 or np.abs(rate * numbers + offset - times).max() > _JITTER * rate:
        steps = np.diff(times) / np.diff(numbers)
        worst = int(np.abs(steps - np.median(steps)).argmax())
        raise RawDataError(
            f'{table.place(rows[worst + 1])}: the time of a frame is {steps[worst]:.4g}, but {np.median(steps):.4g} '
            'elsewhere; expected one frame rate; resample the recording or leave out the column'
        )
