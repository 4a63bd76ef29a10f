"""Selection of the persons among the bodies of an NTU RGB+D sequence.

The sensor takes furniture for bodies, and gives a person a new id after losing track.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

import numpy as np

from mamp_plugin.skeletons.presence import present_frames

from ..raw_files import RawDataError
from .ntu_text import Bodies

#: Unless it is the only one, a body is noise if it has no more frames than this ...
_SHORTEST = 11
#: ... or if it is wider than this times its height ...
_WIDEST = 0.8
#: ... in this share of its frames.
_WIDE_SHARE = 0.69754
#: Bodies per frame that ``by_energy`` considers.
_MOST_BODIES = 4


@dataclass
class _Body:
    """Body with one id; its frames count as contiguous from ``first`` on, gaps are ignored."""

    first: int
    joints: np.ndarray
    motion: float

    @property
    def last(self) -> int:
        return self.first + len(self.joints) - 1


def by_id(bodies: Bodies, where: str) -> np.ndarray:
    """Select persons as the MAMP code does: track bodies by id, drop those that look like noise.

    Frames without any body are cut.

    Args:
        bodies (Bodies): Content of the file.
        where (str): File name for error messages.

    Returns:
        np.ndarray: ``(2, T, V, C)``, zero where a person is absent; no frames if no body is usable.
    """
    frames, time = np.unique(bodies.frame, return_inverse=True)
    found = _bodies_by_id(bodies, time, where)
    if len(found) > 1:
        found = _without_noise(found)
    persons = np.zeros((2, len(frames), *bodies.joints.shape[1:]), np.float32)
    _assign(found, persons)
    return persons[:, present_frames(persons).any(axis=0)]


def _bodies_by_id(bodies: Bodies, time: np.ndarray, where: str) -> List[_Body]:
    rows_by_id: Dict[bytes, List[int]] = {}
    for row, body_id in enumerate(bodies.ids):
        rows = rows_by_id.setdefault(body_id, [])
        if rows and time[rows[-1]] == time[row]:
            raise RawDataError(f'{where}:{bodies.line[row]}: body {body_id.decode()} is twice in one frame')
        rows.append(row)
    return [
        _Body(int(time[rows[0]]), bodies.joints[rows], _variance(bodies.joints[rows])) for rows in rows_by_id.values()
    ]


def _variance(joints: np.ndarray) -> float:
    """Return the variance over all joints and frames of ``(T, V, C)``, summed over the axes."""
    return joints.reshape(-1, joints.shape[-1]).var(axis=0).sum()


def _without_noise(found: List[_Body]) -> List[_Body]:
    """Return the bodies that are long and narrow enough, the one that moves most first."""
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


def _assign(found: List[_Body], persons: np.ndarray) -> None:
    """Write each body into the first person that is free during its frames, or drop it."""
    # As in the MAMP code, the second person counts as taken at frame 0.
    taken: List[Optional[Tuple[int, int]]] = [None, (0, 0)]
    for body in found:
        for person, interval in enumerate(taken):
            start, end = interval or (body.first, body.first)
            if min(end, body.last) <= max(start, body.first):
                persons[person, body.first : body.last + 1] = body.joints
                taken[person] = min(start, body.first), max(end, body.last)
                break


def by_energy(bodies: Bodies) -> np.ndarray:
    """Select persons as PCM3 and mmaction2 do: index bodies by their place in a frame, keep the two that move most.

    Args:
        bodies (Bodies): Content of the file.

    Returns:
        np.ndarray: ``(2, T, V, C)``, zero where a person is absent.
    """
    seen = bodies.place < _MOST_BODIES
    persons = np.zeros((_MOST_BODIES, bodies.num_frames, *bodies.joints.shape[1:]), np.float32)
    persons[bodies.place[seen], bodies.frame[seen]] = bodies.joints[seen]
    present = present_frames(persons)
    energy = [_energy(joints[frames].astype(np.float64)) for joints, frames in zip(persons, present)]
    return persons[np.argsort(energy, kind='stable')[::-1][:2]]


def _energy(joints: np.ndarray) -> float:
    """Return the standard deviation over all joints and frames of ``(T, V, C)``, summed over the axes."""
    return joints.reshape(-1, joints.shape[-1]).std(axis=0).sum() if len(joints) else 0.0
