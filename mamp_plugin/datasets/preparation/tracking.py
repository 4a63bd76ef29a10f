"""Persons of a recording: detections of every frame, joined over time."""

from typing import Dict, Hashable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .raw_files import RawDataError

#: A person who moves further than this share of the body's size from one frame to the next is another one.
_MAX_STEP = 0.75
#: A person who is not seen for more frames than this comes back as another one.
_MAX_GAP = 30


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
    given = [detection.person is not None for frame in frames for detection in frame]
    if not given:
        raise RawDataError(f'{where}: no person in any frame')
    if any(given) and not all(given):
        raise RawDataError(f'{where}: some persons have an identity and some have none; give all or none')
    tracks = _by_identity(frames, where) if all(given) else _by_pose(frames)
    tracks = sorted(tracks, key=len, reverse=True)
    pose = next(detection for frame in frames for detection in frame)
    keypoint = np.zeros((len(tracks), len(frames), *pose.keypoint.shape), np.float32)
    score = None if pose.score is None else np.zeros(keypoint.shape[:3], np.float32)
    for person, track in enumerate(tracks):
        for frame, detection in track.items():
            keypoint[person, frame] = detection.keypoint
            if score is not None:
                score[person, frame] = detection.score
    return keypoint, score


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


def _by_pose(frames: Sequence[Frame]) -> List[Track]:
    tracks: List[Track] = []
    for number, frame in enumerate(frames):
        recent = [track for track in tracks if number - _last(track) <= _MAX_GAP]
        joined = dict(_nearest_pairs([track[_last(track)] for track in recent], frame))
        for index, detection in enumerate(frame):
            if index in joined:
                recent[joined[index]][number] = detection
            else:
                tracks.append({number: detection})
    return tracks


def _last(track: Track) -> int:
    """Return the last frame of a track, whose frames are in order."""
    return next(reversed(track))


def _nearest_pairs(earlier: Sequence[Detection], later: Sequence[Detection]) -> Iterator[Tuple[int, int]]:
    """Yield pairs of a later and an earlier detection, the nearest first, none twice."""
    steps = np.array([[_step(one, other) for other in earlier] for one in later]).reshape(len(later), len(earlier))
    for _ in range(min(steps.shape)):
        row, column = np.unravel_index(steps.argmin(), steps.shape)
        if steps[row, column] > _MAX_STEP:
            return
        yield int(row), int(column)
        steps[row], steps[:, column] = np.inf, np.inf


def _step(one: Detection, other: Detection) -> float:
    """Return the median distance of the joints that both poses have, as a share of the size of the body."""
    seen = one.keypoint.any(axis=1), other.keypoint.any(axis=1)
    both = seen[0] & seen[1]
    if not both.any():
        return np.inf
    # of all joints of a pose: where only the head is in both, its size would make any step a long one
    size = max(np.linalg.norm(np.ptp(pose.keypoint[those], axis=0)) for pose, those in zip((one, other), seen))
    distance = np.median(np.linalg.norm(one.keypoint[both] - other.keypoint[both], axis=1))
    return float(distance / size) if size > 0 else np.inf
