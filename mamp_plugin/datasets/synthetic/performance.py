"""Performances of actions: subjects, timing and distractions."""

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np

from .actions import DISTRACTIONS, NEUTRAL, SWAY, Action
from .body import JOINTS, LIMITS, OFFSETS, POSE_SIZE, forward_kinematics, mirrored, pose

FRAME_RATE = 30
MIN_FRAMES, MAX_FRAMES = 40, 160
#: Maximum duration of an action in seconds, which leaves frames to wait before and after it.
_LONGEST = 4.4
_KEY_NOISE = np.float32(np.deg2rad(5))
_SWAY_SECONDS = 0.6
_POSTURE = np.abs(pose(lean=3, bend=4, nod=6, spread=4, roll=8, elbow=6, splay=2))


def _bone_groups() -> List[np.ndarray]:
    """Return the groups of bones that share a random length factor."""
    limbs = {'arm': ('elbow', 'wrist', 'hand', 'hand_tip', 'thumb'), 'leg': ('knee', 'ankle', 'foot')}
    limbs['width'] = ('shoulder', 'hip')
    return [np.array([joint.split('_', 1)[-1] in names for joint in JOINTS]) for names in limbs.values()]


_GROUPS = _bone_groups()
_ARM = [JOINTS.index(f'left_{joint}') for joint in ('elbow', 'wrist', 'hand', 'hand_tip')]


def _about(rng: np.random.Generator, mean: float, deviation: float) -> float:
    """Draw from a normal distribution clipped at two standard deviations."""
    return float(mean + deviation * np.clip(rng.standard_normal(), -2, 2))


@dataclass(frozen=True)
class Subject:
    """Body and habits of one person.

    Args:
        bones (np.ndarray): Bones at rest, ``(joints, 3)``.
        posture (np.ndarray): Offset of all poses, ``(POSE_SIZE, )``.
        tempo (float): Speed of movements; 1 is average.
        amplitude (float): Size of movements; 1 is average.
        left_handed (float): Probability of performing an action mirrored.
    """

    bones: np.ndarray
    posture: np.ndarray
    tempo: float
    amplitude: float
    left_handed: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> 'Subject':
        """Draw a person."""
        scale = np.full(len(JOINTS), _about(rng, 1, 0.07), dtype=np.float32)
        for group in _GROUPS:
            scale[group] *= _about(rng, 1, 0.05)
        return cls(
            bones=OFFSETS * scale[:, None],
            posture=_POSTURE * rng.standard_normal(POSE_SIZE, dtype=np.float32),
            tempo=float(np.exp(_about(rng, 0, 0.25))),
            amplitude=_about(rng, 1, 0.08),
            left_handed=float(rng.choice([0.05, 0.2, 0.5, 0.9])),
        )

    @property
    def arm_length(self) -> float:
        """Length of an arm in meters."""
        return float(np.abs(self.bones[_ARM, 1]).sum())


def interpolate(keys: np.ndarray, times: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Return smooth values ``(T, size)`` at the times ``frames`` that pass through ``keys`` at ``times``."""
    before = np.searchsorted(times[1:-1], frames, side='right')
    share = np.clip((frames - times[before]) / (times[before + 1] - times[before]), 0, 1)
    share = (share * share * (3 - 2 * share))[:, None]
    return keys[before] + share * np.diff(keys, axis=0)[before]


def _sway(rng: np.random.Generator, frames: np.ndarray) -> np.ndarray:
    """Draw a small slow movement of all angles, ``(T, POSE_SIZE)``."""
    times = np.arange(0, frames[-1] + 2 * _SWAY_SECONDS, _SWAY_SECONDS, dtype=np.float32)
    return interpolate(SWAY * rng.standard_normal((len(times), POSE_SIZE), dtype=np.float32), times, frames)


def _distractions(rng: np.random.Generator, action: Action, frames: np.ndarray) -> np.ndarray:
    """Draw movements of some limbs that the action does not move, ``(T, POSE_SIZE)``."""
    strayed = np.zeros((len(frames), POSE_SIZE), dtype=np.float32)
    for limb in rng.permutation(action.free_limbs)[: rng.integers(0, 4)]:
        usual, spread = DISTRACTIONS[limb]
        goal = usual + spread * rng.standard_normal(POSE_SIZE, dtype=np.float32)
        middle, width = rng.uniform(0, frames[-1]), rng.uniform(0.5, 1.4)
        share = np.clip(1.5 - np.abs(frames - middle) / width, 0, 1)
        strayed += (share * share * (3 - 2 * share))[:, None] * goal
    return strayed


def timing(
    rng: np.random.Generator, action: Action, tempo: float, max_frames: Optional[int] = MAX_FRAMES
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the times of the key poses.

    Args:
        rng (np.random.Generator): Random generator.
        action (Action): Action to perform.
        tempo (float): Speed; 1 is average.
        max_frames (int, optional): Longer performances are cut; None for no limit. Defaults to :data:`MAX_FRAMES`.

    Returns:
        tuple: Key indices ``(K, )`` including the waiting before and after, their times in seconds, and the time of
        every frame ``(T, )``.
    """
    order = action.key_order(int(rng.integers(action.repeats[0], action.repeats[1] + 1)))
    seconds = action.seconds[order] * np.exp(rng.normal(0, 0.12, len(order))) / tempo
    seconds *= min(1, _LONGEST / seconds.sum())
    seconds[0], after = rng.uniform(0.1, 2.2, 2)
    times = np.cumsum(np.concatenate(([0], seconds, [after])))
    num_frames = int(np.clip(times[-1] * FRAME_RATE, MIN_FRAMES, max_frames))
    frames = np.arange(num_frames, dtype=np.float32) / FRAME_RATE
    return np.concatenate((order[:1], order, order[-1:])), times.astype(np.float32), frames


def act(rng: np.random.Generator, subject: Subject, action: Action, keys: np.ndarray, when: Tuple) -> np.ndarray:
    """Return the poses of one person, ``(T, POSE_SIZE)``, from the key poses of an action and the :func:`timing`."""
    order, times, frames = when
    keys = NEUTRAL + subject.amplitude * (keys - NEUTRAL)
    moved = np.ptp(keys, axis=0) > 0
    keys = keys[order] + _KEY_NOISE * moved * rng.standard_normal((len(order), POSE_SIZE), dtype=np.float32)
    keys[:, -1] = np.maximum(keys[:, -1], 0)
    poses = interpolate(keys, times, frames)
    return poses + subject.posture + _sway(rng, frames) + _distractions(rng, action, frames)


def _body(poses: np.ndarray, subject: Subject, left_handed: bool) -> np.ndarray:
    """Return the joint positions ``(3, joints, T)`` of one person relative to the first place."""
    if left_handed:
        poses = mirrored(poses)
    return forward_kinematics(np.clip(poses, *LIMITS), subject.bones)


def perform(rng: np.random.Generator, subject: Subject, action: Action) -> np.ndarray:
    """Return the joint positions of one performance in the room.

    Args:
        rng (np.random.Generator): Random generator.
        subject (Subject): Performing person.
        action (Action): Action to perform; in actions of two, a random partner joins.

    Returns:
        np.ndarray: Meters, ``(persons, 3, joints, T)``, the floor at ``y = 0``, the scene around the origin. One person
        faces ``+z``; two face each other along x.
    """
    when = timing(rng, action, subject.tempo)
    left_handed = bool(rng.random() < subject.left_handed)
    first = _body(act(rng, subject, action, action.poses, when), subject, left_handed)
    if not action.reach:
        return _centered(first[None])
    partner = Subject.draw(rng)
    second = _body(act(rng, partner, action, action.partner_poses, when), partner, left_handed)
    distance = action.reach * (subject.arm_length + partner.arm_length) * rng.uniform(0.95, 1.05)
    side = rng.choice((-1, 1))
    return _centered(np.stack((_facing(first, side, distance / 2), _facing(second, -side, distance / 2))))


def _facing(body: np.ndarray, side: int, distance: float) -> np.ndarray:
    """Return the body turned towards ``side`` along x and moved back by ``distance``."""
    x, y, z = body
    return np.stack((side * (z - distance), y, -side * x))


def _centered(bodies: np.ndarray) -> np.ndarray:
    """Center the scene, in place: the mean position of the hips moves above the origin."""
    bodies[:, ::2] -= bodies[:, ::2, :1].mean(axis=(0, 3), keepdims=True)
    return bodies
