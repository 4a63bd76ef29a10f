"""Persons of a recording: detections of every frame, joined over time."""

from typing import Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.skeletons.presence import MAX_PERSONS

from .raw_files import RawDataError

#: A person who moves further than this share of the body's size from one frame to the next is another one.
_MAX_STEP = 0.75
#: A person who is not seen for more frames than this comes back as another one.
_MAX_GAP = 30
#: Numbers that an array of coordinates may have, whatever the number of detections, and per number in them.
_MAX_VALUES, _MAX_RATIO = 2**26, 100
#: Comparisons of poses, whatever the number of detections, and per detection.
_MAX_COMPARED, _MAX_COMPARED_EACH = 300_000, 100


class Detection(NamedTuple):
    """Pose of one person in one frame.

    Args:
        keypoint (np.ndarray): Coordinates, ``(V, C)``; missing joints are zero.
        score (np.ndarray, optional): Confidence of every joint, ``(V, )``. Defaults to None.
        person (optional): Identity of the person over time, if a tracker gave one. Defaults to None.
    """

    keypoint: np.ndarray
    score: Optional[np.ndarray] = None
    person: Optional[Hashable] = None


Frame = Sequence[Detection]


def track_persons(frames: Sequence[Frame], where: str) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    """Join the detections of every frame to persons: by their identity or, without any, by the nearest pose.

    The nearest pairs of poses in neighboring frames are joined first. Persons are sorted by the number of frames they
    are seen in, the most first. Detections without any joint are nobody.

    Args:
        frames (Sequence[Sequence[Detection]]): Detections of every frame.
        where (str): File for error messages.

    Returns:
        tuple: Coordinates ``(M, T, V, C)``, zero where a person is absent, and scores ``(M, T, V)`` or None.
    """
    frames = [[detection for detection in frame if detection.keypoint.any()] for frame in frames]
    if not any(frames):
        raise RawDataError(f'{where}: no person in any frame')
    _check_all_or_none(frames, 'person', 'an identity', where)
    _check_all_or_none(frames, 'score', 'scores', where)
    pose = next(detection for frame in frames for detection in frame)
    tracks = _by_pose(frames, where) if pose.person is None else _by_identity(frames, where)
    tracks = sorted(tracks, key=len, reverse=True)
    _check_size(tracks, len(frames), pose.keypoint.size, where)
    keypoint = np.zeros((len(tracks), len(frames), *pose.keypoint.shape), np.float32)
    score = None if pose.score is None else np.zeros(keypoint.shape[:3], np.float32)
    for person, track in enumerate(tracks):
        for frame, detection in track.items():
            keypoint[person, frame] = detection.keypoint
            if score is not None:
                score[person, frame] = detection.score
    return keypoint, score


def _check_size(tracks: Sequence['Track'], num_frames: int, values: int, where: str) -> None:
    """Refuse persons who would fill the memory, because most of them are seen in few of many frames."""
    seen = sum(map(len, tracks))
    if len(tracks) > MAX_PERSONS or len(tracks) * num_frames * values > max(_MAX_VALUES, _MAX_RATIO * seen * values):
        raise RawDataError(
            f'{where}: found {len(tracks)} persons in {num_frames} frames, who are seen {seen} times; expected at most '
            f'{MAX_PERSONS}, seen in most frames; track them again, or cut the recording'
        )


def _check_all_or_none(frames: Sequence[Frame], field: str, what: str, where: str) -> None:
    given = [(number, getattr(one, field) is not None) for number, frame in enumerate(frames) for one in frame]
    for number, has in given:
        if has != given[0][1]:
            raise RawDataError(
                f'{where}: some persons have {what} and some have none, first in frame {number}; give all or none'
            )


#: Detections of a person by frame.
Track = Dict[int, Detection]


def _by_identity(frames: Sequence[Frame], where: str) -> List[Track]:
    tracks: Dict[Hashable, Track] = {}
    for number, frame in enumerate(frames):
        for detection in frame:
            track = tracks.setdefault(detection.person, {})
            if number in track:
                raise RawDataError(
                    f'{where}: person {detection.person!r} occurs twice in frame {number} (counted from 0)'
                )
            track[number] = detection
    return list(tracks.values())


class _Person:
    """Track of a person who is recognized by the pose."""

    def __init__(self) -> None:
        self.track: Track = {}
        self.last = 0
        #: Largest extent; it stays known while most of the body is hidden.
        self.size = 0.0

    def add(self, number: int, detection: Detection) -> None:
        """Add the detection of a frame."""
        self.track[number] = detection
        self.last = number
        self.size = max(self.size, _size(detection))

    def step_to(self, detection: Detection) -> float:
        """Return the median distance of the joints that both poses have, as a share of the size of the body."""
        before = self.track[self.last].keypoint
        both = before.any(axis=1) & detection.keypoint.any(axis=1)
        size = max(self.size, _size(detection))
        if not both.any() or size == 0:
            return np.inf
        return float(np.median(np.linalg.norm(before[both] - detection.keypoint[both], axis=1)) / size)


def _size(detection: Detection) -> float:
    seen = detection.keypoint[detection.keypoint.any(axis=1)]
    return float(np.linalg.norm(np.ptp(seen, axis=0)))


def _by_pose(frames: Sequence[Frame], where: str) -> List[Track]:
    persons: List[_Person] = []
    left = _MAX_COMPARED + _MAX_COMPARED_EACH * sum(map(len, frames))
    for number, frame in enumerate(frames):
        recent = [person for person in persons if number - person.last <= _MAX_GAP]
        left -= len(recent) * len(frame)
        if left < 0:
            raise RawDataError(
                f'{where}: {len(frame)} persons in frame {number} (counted from 0) and {len(recent)} before are too '
                'many to be told apart by their poses; give them identities with a tracker'
            )
        joined = dict(_nearest_pairs(recent, frame))
        for index, detection in enumerate(frame):
            if index not in joined:
                persons.append(_Person())
            person = recent[joined[index]] if index in joined else persons[-1]
            person.add(number, detection)
    return [person.track for person in persons]


def _nearest_pairs(persons: Sequence[_Person], frame: Frame) -> Iterator[Tuple[int, int]]:
    """Yield pairs of a detection and a person, the nearest first, none twice."""
    steps = np.array([[person.step_to(one) for person in persons] for one in frame]).reshape(len(frame), len(persons))
    for _ in range(min(steps.shape)):
        row, column = np.unravel_index(steps.argmin(), steps.shape)
        if steps[row, column] > _MAX_STEP:
            return
        yield int(row), int(column)
        steps[row], steps[:, column] = np.inf, np.inf
