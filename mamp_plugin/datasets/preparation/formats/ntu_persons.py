"""Which of the bodies that the sensor saw in an NTU RGB+D sequence are its persons.

The sensor takes furniture for bodies, and gives a person a new id when it lost sight of them.
"""

from dataclasses import dataclass
from typing import Dict, List

import numpy as np

from ..raw_files import RawDataError
from .ntu_text import Bodies

#: A body on no more frames than this is noise where there are others.
_SHORTEST = 11
#: A body is noise where there are others if it is wider than this times its height ...
_WIDEST = 0.8
#: ... on this share of its frames.
_WIDE_SHARE = 0.69754
#: Bodies of a frame that ``by_energy`` looks at.
_MOST_BODIES = 4


@dataclass
class _Body:
    """A body by its id; its frames count as following each other from the first, whatever gaps there were."""

    first: int
    joints: np.ndarray
    motion: float

    @property
    def last(self) -> int:
        return self.first + len(self.joints) - 1


def by_id(bodies: Bodies, where: str) -> np.ndarray:
    """Persons as the reference of MAMP finds them: from bodies by their ids, without what looks like noise.

    Frames without any body are cut.

    Args:
        bodies (Bodies): What the file holds.
        where (str): The file, for error messages.

    Returns:
        np.ndarray: ``(M, T, V, C)`` with one or two persons; no frames if no body is usable.
    """
    frames, time = np.unique(bodies.frame, return_inverse=True)
    found = _bodies_by_id(bodies, time, where)
    if len(found) > 1:
        found = _without_noise(found)
    persons = np.zeros((2, len(frames), *bodies.joints.shape[1:]), np.float32)
    _cast(found, persons)
    return persons[:, persons.any(axis=(0, 2, 3))]


def _bodies_by_id(bodies: Bodies, time: np.ndarray, where: str) -> List[_Body]:
    rows: Dict[bytes, List[int]] = {}
    for row, body_id in enumerate(bodies.ids):
        mine = rows.setdefault(body_id, [])
        if mine and time[mine[-1]] == time[row]:
            raise RawDataError(f'{where}:{bodies.line[row]}: body {body_id.decode()} is twice in one frame')
        mine.append(row)
    return [_Body(time[mine[0]], bodies.joints[mine], _variance(bodies.joints[mine])) for mine in rows.values()]


def _variance(joints: np.ndarray) -> float:
    """Of all joints in all frames ``(T, V, C)``, summed over the axes."""
    return joints.reshape(-1, joints.shape[-1]).var(axis=0).sum()


def _without_noise(found: List[_Body]) -> List[_Body]:
    """Bodies that last and stand upright, the one that moves most first."""
    found = [body for body in found if len(body.joints) > _SHORTEST]
    for body in tuple(found):
        if len(found) == 1:
            break
        width, height = np.ptp(body.joints[..., :2], axis=1).T
        wide = width > _WIDEST * height
        if wide.mean() >= _WIDE_SHARE:
            found = [other for other in found if other is not body]
        elif wide.any():
            body.motion = min(body.motion, _variance(body.joints[~wide]))
    return sorted(found, key=lambda body: body.motion, reverse=True)


def _cast(found: List[_Body], persons: np.ndarray) -> None:
    """Gives every body to the first person that is free while it is there, or to none."""
    # The second person begins as taken at frame 0, as in the reference.
    taken = [None, (0, 0)]
    for body in found:
        for person, interval in enumerate(taken):
            if interval is None or min(interval[1], body.last) <= max(interval[0], body.first):
                persons[person, body.first : body.last + 1] = body.joints
                start, end = interval or (body.first, body.last)
                taken[person] = min(start, body.first), max(end, body.last)
                break


def by_energy(bodies: Bodies) -> np.ndarray:
    """Persons as PCM3 and mmaction2 find them: from bodies by their place in a frame, the two that move most.

    Args:
        bodies (Bodies): What the file holds.

    Returns:
        np.ndarray: ``(2, T, V, C)``, zero where nobody is.
    """
    seen = bodies.place < _MOST_BODIES
    persons = np.zeros((_MOST_BODIES, bodies.num_frames, *bodies.joints.shape[1:]), np.float32)
    persons[bodies.place[seen], bodies.frame[seen]] = bodies.joints[seen]
    energy = [_energy(person[person.any(axis=(1, 2))].astype(np.float64)) for person in persons]
    return persons[np.argsort(energy, kind='stable')[::-1][:2]]


def _energy(joints: np.ndarray) -> float:
    """Standard deviation of all joints in all frames ``(T, V, C)``, summed over the axes."""
    return joints.reshape(-1, joints.shape[-1]).std(axis=0).sum() if len(joints) else 0
