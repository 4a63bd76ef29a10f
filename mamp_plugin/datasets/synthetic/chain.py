"""Untrimmed synthetic sequences: one person performs several actions and idles between them."""

from typing import List, Mapping, NamedTuple

import numpy as np

from .actions import ACTIONS, Action, Key
from .body import ANGLES, JOINTS, LIMITS, forward_kinematics, mirrored, rotations
from .performance import FRAME_RATE, Subject, act, interpolate, timing

#: Ranges of the number of actions, and of the frames of idling and of transitions between two of them.
NUM_ACTIONS = (4, 7)
_IDLE_FRAMES, _BRIDGE_FRAMES = (20, 75), (8, 15)
_TURN = ANGLES['turn'][0]


class Stretch(NamedTuple):
    """Frames ``start`` to ``end`` of a chain with a constant number of persons."""

    start: int
    end: int
    persons: int


class Chain(NamedTuple):
    """Chain of actions.

    Args:
        bodies (np.ndarray): Joint positions in the room in meters, ``(2, 3, joints, T)``, undefined for a second person
            who is absent.
        stretches (list[Stretch]): Performances and the intervals between them, in order.
        segments (np.ndarray): Rows of ``label, start, end``, ``(n, 3)``.
    """

    bodies: np.ndarray
    stretches: List[Stretch]
    segments: np.ndarray


class _Performance(NamedTuple):
    """Action with waiting before and after it, ``T`` frames.

    Args:
        label (int): Label of the action.
        poses (np.ndarray): ``(T, POSE_SIZE)``.
        begin (int): First frame of the action.
        end (int): Frame after the last one of the action.
        partner (np.ndarray): Joint positions of the partner, relative to a person at the origin who faces ``+z``,
            ``(1, 3, joints, T)``, or ``(0, 3, joints, T)`` in actions of one.
    """

    label: int
    poses: np.ndarray
    begin: int
    end: int
    partner: np.ndarray


def perform_chain(rng: np.random.Generator, subject: Subject) -> Chain:
    """Perform a chain of randomly chosen actions, which may repeat.

    Between two actions, the person idles, turns and drifts to the place of the next one. Actions of one face the middle
    camera; in actions of two, a partner joins, seen from the side, and leaves afterwards.

    Args:
        rng (np.random.Generator): Random generator.
        subject (Subject): Performing person.
    """
    performances = [_perform(rng, subject, label) for label in _choose_actions(rng)]
    parts, persons, segments, start = [], [], [], 0
    for index, performance in enumerate(performances):
        if index:
            parts.append(_idle(rng, subject, performances[index - 1], performance))
            persons.append(1)
            start += len(parts[-1])
        segments.append((performance.label, start + performance.begin, start + performance.end))
        parts.append(performance.poses)
        persons.append(1 + len(performance.partner))
        start += len(parts[-1])
    ends = np.cumsum([len(part) for part in parts]).tolist()
    stretches = list(map(Stretch, [0, *ends[:-1]], ends, persons))
    bodies = _place(rng, subject, np.concatenate(parts), performances, stretches[::2])
    return Chain(bodies, stretches, np.array(segments, dtype=np.int64))


def _choose_actions(rng: np.random.Generator) -> List[int]:
    """Draw labels of actions, each of which begins in the pose in which the previous one ended."""
    labels: List[int] = []
    angles: Mapping[str, float] = {}
    for _ in range(rng.integers(NUM_ACTIONS[0], NUM_ACTIONS[1] + 1)):
        fitting = [label for label, action in enumerate(ACTIONS) if action.keys[0].angles == angles]
        labels.append(int(rng.choice(fitting)))
        angles = ACTIONS[labels[-1]].keys[-1].angles
    return labels


def _perform(rng: np.random.Generator, subject: Subject, label: int) -> _Performance:
    action = ACTIONS[label]
    when = timing(rng, action, subject.tempo, max_frames=None)
    turn_round = mirrored if rng.random() < subject.left_handed else np.asarray
    poses = turn_round(act(rng, subject, action, action.poses, when))
    begin, last = np.ceil(when[1][[1, -2]] * FRAME_RATE).astype(int)
    partner = np.empty((0, 3, len(JOINTS), len(poses)), dtype=np.float32)
    if action.reach:
        stranger = Subject.draw(rng)
        answer = turn_round(act(rng, stranger, action, action.partner_poses, when))
        answer[:, _TURN] += np.pi
        partner = forward_kinematics(np.clip(answer, *LIMITS), stranger.bones)[None]
        partner[:, 2] += action.reach * (subject.arm_length + stranger.arm_length) * rng.uniform(0.95, 1.05)
    return _Performance(label, poses, int(begin), min(int(last) + 1, len(poses)), partner)


def _idle(rng: np.random.Generator, subject: Subject, before: _Performance, after: _Performance) -> np.ndarray:
    """Return the poses ``(T, POSE_SIZE)`` between two performances: idling with some sway."""
    angles = ACTIONS[before.label].keys[-1].angles
    nothing = Action('idle', (Key(0, angles), Key(1, angles)))
    frames = np.arange(rng.integers(*_IDLE_FRAMES), dtype=np.float32) / FRAME_RATE
    poses = act(rng, subject, nothing, nothing.poses, (np.arange(2), np.array([0, 1], dtype=np.float32), frames))
    return np.concatenate((_bridge(rng, before.poses[-1], poses[0]), poses, _bridge(rng, poses[-1], after.poses[0])))


def _bridge(rng: np.random.Generator, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the poses ``(T, POSE_SIZE)`` between two poses, without the two."""
    share = np.linspace(0, 1, rng.integers(*_BRIDGE_FRAMES) + 2, dtype=np.float32)[1:-1]
    return interpolate(np.stack((start, end)), np.array([0, 1], dtype=np.float32), share)


def _place(
    rng: np.random.Generator,
    subject: Subject,
    poses: np.ndarray,
    performances: List[_Performance],
    stretches: List[Stretch],
) -> np.ndarray:
    """Return the bodies ``(2, 3, joints, T)``, oriented and placed around the middle of the room."""
    knots = np.array([frame for start, end, _ in stretches for frame in (start, end - 1)], dtype=np.float32)
    frames = np.arange(len(poses), dtype=np.float32)
    degrees = [
        rng.choice((-90, 90)) + rng.normal(0, 10) if len(performance.partner) else rng.normal(0, 20)
        for performance in performances
    ]
    headings = np.deg2rad(degrees).astype(np.float32)
    poses[:, _TURN] += interpolate(headings.repeat(2)[:, None], knots, frames)[:, 0]
    bodies = np.zeros((2, 3, len(JOINTS), len(poses)), dtype=np.float32)
    bodies[0] = forward_kinematics(np.clip(poses, *LIMITS), subject.bones)
    shifts = np.zeros((len(stretches), 2), dtype=np.float32)
    for number, (performance, heading, (start, end, persons)) in enumerate(zip(performances, headings, stretches)):
        scene = bodies[:persons, ..., start:end]
        if persons == 2:
            scene[1] = np.einsum('ij,jvt->ivt', rotations(0, heading, 0), performance.partner[0])
            scene[1, ::2] += scene[0, ::2, :1, :1]
        shifts[number] = rng.normal(0, 0.2, 2) - scene[:, ::2, 0].mean(axis=(0, 2))
    bodies[:, ::2] += interpolate(shifts.repeat(2, axis=0), knots, frames).T[:, None]
    return bodies
