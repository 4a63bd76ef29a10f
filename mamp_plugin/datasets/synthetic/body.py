"""Kinematic model of the synthetic data: named joints on rigid segments, posed by named angles."""

from typing import Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import ArrayLike

#: Rigid segments in the order in which their rotations are composed. Legs and feet are children of the root, which
#: only rotates about the vertical, so that leaning does not move the legs and soles stay level.
SEGMENTS = (
    'root', 'pelvis', 'chest', 'head',
    'left_upper_arm', 'right_upper_arm', 'left_thigh', 'right_thigh',
    'left_forearm', 'right_forearm', 'left_shank', 'right_shank',
    'left_hand', 'right_hand', 'left_foot', 'right_foot',
)  # fmt: skip
_LEVELS = tuple(
    (slice(start, start + len(parents)), parents)
    for start, parents in ((1, [0]), (2, [1]), (3, [2]), (4, [2, 2, 0, 0]), (8, [4, 5, 6, 7]), (12, [8, 9, 0, 0]))
)


class _Bone(NamedTuple):
    joint: str
    parent: str
    segment: str
    offset: Tuple[float, float, float]  # meters from the parent: to the left, up, forwards


_MIDDLE = (
    _Bone('hip_center', 'hip_center', 'root', (0, 0, 0)),
    _Bone('spine', 'hip_center', 'pelvis', (0, 0.25, 0)),
    _Bone('shoulder_center', 'spine', 'chest', (0, 0.24, 0)),
    _Bone('neck', 'shoulder_center', 'chest', (0, 0.07, 0.01)),
    _Bone('head', 'neck', 'head', (0, 0.13, 0.02)),
    _Bone('nose', 'neck', 'head', (0, 0.1, 0.11)),
)
_LEFT = (
    _Bone('eye', 'nose', 'head', (0.035, 0.035, -0.02)),
    _Bone('ear', 'nose', 'head', (0.075, 0.02, -0.11)),
    _Bone('shoulder', 'shoulder_center', 'chest', (0.18, -0.03, 0)),
    _Bone('elbow', 'left_shoulder', 'left_upper_arm', (0, -0.29, 0)),
    _Bone('wrist', 'left_elbow', 'left_forearm', (0, -0.25, 0)),
    _Bone('hand', 'left_wrist', 'left_hand', (0, -0.07, 0)),
    _Bone('hand_tip', 'left_hand', 'left_hand', (0, -0.09, 0)),
    _Bone('thumb', 'left_hand', 'left_hand', (0, -0.03, 0.05)),
    _Bone('hip', 'hip_center', 'pelvis', (0.09, -0.02, 0)),
    _Bone('knee', 'left_hip', 'left_thigh', (0, -0.42, 0)),
    _Bone('ankle', 'left_knee', 'left_shank', (0, -0.4, 0)),
    _Bone('foot', 'left_ankle', 'left_foot', (0, -0.06, 0.14)),
)


def _other_side(name: str) -> str:
    return name.replace('left_', 'right_')


_BONES = (
    _MIDDLE
    + tuple(bone._replace(joint=f'left_{bone.joint}') for bone in _LEFT)
    + tuple(
        _Bone(f'right_{joint}', _other_side(parent), _other_side(segment), (-x, y, z))
        for joint, parent, segment, (x, y, z) in _LEFT
    )
)
JOINTS = tuple(bone.joint for bone in _BONES)
#: Rest length and direction of every bone, ``(joints, 3)``.
OFFSETS = np.array([bone.offset for bone in _BONES], dtype=np.float32)
_SEGMENT_OF_JOINT = np.array([SEGMENTS.index(bone.segment) for bone in _BONES])
_SOLE = -OFFSETS[JOINTS.index('left_foot'), 1]
_FEET = tuple([JOINTS.index(f'{side}_ankle'), JOINTS.index(f'{side}_foot')] for side in ('left', 'right'))


def _paths() -> np.ndarray:
    """Return ``(joints, joints)``, one where the bone of the column lies on the path from the root to the row."""
    paths = np.eye(len(JOINTS), dtype=np.float32)
    for index, bone in enumerate(_BONES[1:], start=1):
        paths[index] += paths[JOINTS.index(bone.parent)]
    return paths


_PATHS = _paths()

# name: (segment, axis, sign); axes are 0 = to the left, 1 = up, 2 = forwards
_MIDDLE_ANGLES = {
    'turn': ('root', 1, 1), 'lean': ('pelvis', 0, 1),
    'bend': ('chest', 0, 1), 'twist': ('chest', 1, 1), 'sway': ('chest', 2, 1),
    'nod': ('head', 0, 1), 'look': ('head', 1, 1), 'tilt': ('head', 2, 1),
}  # fmt: skip
_LEFT_ANGLES = {
    'lift': ('left_upper_arm', 0, -1), 'roll': ('left_upper_arm', 1, 1), 'spread': ('left_upper_arm', 2, 1),
    'elbow': ('left_forearm', 0, -1), 'wrist': ('left_hand', 0, -1),
    'thigh': ('left_thigh', 0, -1), 'splay': ('left_thigh', 2, 1), 'knee': ('left_shank', 0, 1),
    'ankle': ('left_foot', 0, -1),
}  # fmt: skip


def _angle_table() -> Dict[str, Tuple[int, int]]:
    """Return index in the pose vector and sign of every angle; mirroring flips all rotations but those about x."""
    named = dict(_MIDDLE_ANGLES)
    for name, (segment, axis, sign) in _LEFT_ANGLES.items():
        named[f'left_{name}'] = (segment, axis, sign)
        named[f'right_{name}'] = (_other_side(segment), axis, sign if axis == 0 else -sign)
    return {
        name: (axis * len(SEGMENTS) + SEGMENTS.index(segment), sign) for name, (segment, axis, sign) in named.items()
    }


ANGLES = _angle_table()
#: A pose is a vector of three angles in radians per segment and, last, the height above the floor in meters.
POSE_SIZE = 3 * len(SEGMENTS) + 1


def pose(**angles: float) -> np.ndarray:
    """Return a pose vector from named angles in degrees and ``rise`` in meters.

    Angles of arms and legs have a side; without one, they apply to both sides.
    """
    vector = np.zeros(POSE_SIZE, dtype=np.float32)
    vector[-1] = angles.pop('rise', 0)
    for name, degrees in angles.items():
        for full_name in (name,) if name in ANGLES else (f'left_{name}', f'right_{name}'):
            place, sign = ANGLES[full_name]
            vector[place] = sign * np.deg2rad(degrees)
    return vector


def _limits() -> Tuple[np.ndarray, np.ndarray]:
    """Return lower and upper limits of a pose: elbows and knees bend in one direction only."""
    limits = np.full(POSE_SIZE, -np.inf, dtype=np.float32), np.full(POSE_SIZE, np.inf, dtype=np.float32)
    for name in ('left_elbow', 'right_elbow', 'left_knee', 'right_knee'):
        place, sign = ANGLES[name]
        limits[0 if sign > 0 else 1][place] = 0
    return limits


LIMITS = _limits()


def _mirror_table() -> Tuple[np.ndarray, np.ndarray]:
    swapped = [
        SEGMENTS.index(name.replace('left', 'right') if 'left' in name else name.replace('right', 'left'))
        for name in SEGMENTS
    ]
    order = [axis * len(SEGMENTS) + segment for axis in range(3) for segment in swapped]
    signs = np.repeat(np.array([1, -1, -1], dtype=np.float32), len(SEGMENTS))
    return np.array(order + [POSE_SIZE - 1]), np.append(signs, np.float32(1))


_MIRROR_ORDER, _MIRROR_SIGNS = _mirror_table()


def mirrored(poses: np.ndarray) -> np.ndarray:
    """Return poses ``(T, POSE_SIZE)`` with left and right exchanged."""
    return poses[:, _MIRROR_ORDER] * _MIRROR_SIGNS


def rotations(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> np.ndarray:
    """Return rotation matrices ``(3, 3, ...)``: about y (the axis of an upright limb) first, then x, then z."""
    sx, cx, sy, cy, sz, cz = np.sin(x), np.cos(x), np.sin(y), np.cos(y), np.sin(z), np.cos(z)
    rows = (
        (cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy),
        (sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy),
        (-cx * sy, sx, cx * cy),
    )
    return np.array(rows)


def _segment_rotations(poses: np.ndarray) -> np.ndarray:
    """Return the rotations of the segments in world coordinates, ``(3, 3, segments, T)``, of ``(T, POSE_SIZE)``."""
    turned = rotations(*np.ascontiguousarray(poses[:, :-1].T).reshape(3, len(SEGMENTS), -1))
    for children, parents in _LEVELS:
        turned[:, :, children] = np.einsum('ijst,jkst->ikst', turned[:, :, parents], turned[:, :, children])
    return turned


def _standing(joints: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """Return the positions of the hips, ``(3, T)``, that keep the supporting foot fixed on the floor.

    The supporting foot must not slide, so the body moves opposite to the foot's movement relative to it. Walking needs
    no trajectory of its own.
    """
    left, right = (np.minimum(joints[1, ankle] - _SOLE, joints[1, foot]) for ankle, foot in _FEET)
    on_left = 1 / (1 + np.exp(np.clip((left - right) / 0.015, -30, 30)))
    weight = (on_left[1:] + on_left[:-1]) / 2
    step_left, step_right = (np.diff(joints[::2, ankle], axis=1) for ankle, _ in _FEET)
    position = np.zeros((3, joints.shape[2]), dtype=np.float32)
    position[::2, 1:] = -np.cumsum(weight * step_left + (1 - weight) * step_right, axis=1)
    position[1] = rise - np.minimum(left, right)
    return position


def forward_kinematics(poses: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return the joint positions of a body that stands on the floor ``y = 0`` and faces ``+z``, left being ``+x``.

    Args:
        poses (np.ndarray): Pose vectors, ``(T, POSE_SIZE)``.
        offsets (np.ndarray): Bones of this body at rest, ``(joints, 3)``, like :data:`OFFSETS`.

    Returns:
        np.ndarray: Positions in meters, ``(3, joints, T)``, joints in the order of :data:`JOINTS`.
    """
    turned = _segment_rotations(poses)[:, :, _SEGMENT_OF_JOINT]
    joints = _PATHS @ np.einsum('ijvt,vj->ivt', turned, offsets)
    return joints + _standing(joints, poses[:, -1])[:, None]


#: Further joints as weighted sums of joints of the body; weights add up to 1, stars stand for one side, ``~`` for the
#: other.
_DERIVED: Dict[str, Dict[str, float]] = {
    'spine_1': {'hip_center': 0.5, 'spine': 0.5},
    'spine_2': {'spine': 1},
    'spine_3': {'spine': 0.75, 'shoulder_center': 0.25},
    'chest': {'spine': 0.4, 'shoulder_center': 0.6},
    '*_collar': {'shoulder_center': 0.6, '*_shoulder': 0.4},
    '*_eye_inner': {'*_eye': 0.75, '~_eye': 0.25},
    '*_eye_outer': {'*_eye': 0.8, '*_ear': 0.2},
    '*_mouth': {'nose': 1, 'head': -0.3, 'neck': 0.3, '*_eye': 0.35, '~_eye': -0.35},
    '*_index': {'*_hand': 0.6, '*_hand_tip': 0.4},
    '*_pinky': {'*_hand': 1.3, '*_hand_tip': 0.3, '*_thumb': -0.6},
    '*_heel': {'*_ankle': 1.45, '*_foot': -0.35, '*_knee': -0.1},
    '*_toe': {'*_foot': 1.15, '*_ankle': -0.15},
    '*_big_toe': {'*_foot': 1, '~_hip': 0.15, '*_hip': -0.15},
    '*_small_toe': {'*_foot': 0.9, '*_ankle': 0.1, '~_hip': -0.2, '*_hip': 0.2},
}
_OTHER = {'left': 'right', 'right': 'left'}


def _weights(joint: str) -> Optional[Dict[str, float]]:
    """Return the weights of the body's joints whose sum is a joint, or None if it has none."""
    if joint in JOINTS:
        return {joint: 1}
    side, _, rest = joint.partition('_')
    sums = _DERIVED.get(f'*_{rest}' if side in ('left', 'right') else joint)
    return sums and {name.replace('*', side).replace('~', _OTHER.get(side, '')): value for name, value in sums.items()}


def joint_weights(names: Sequence[str]) -> np.ndarray:
    """Return the matrix ``(V, joints)`` that takes the joints of this body to those of a layout."""
    sums = {name: _weights(name) for name in names}
    missing = sorted(name for name, weights in sums.items() if weights is None)
    if missing:
        raise ValueError(
            f'the synthetic body lacks {len(missing)} joints of the layout, such as {missing[0]!r}; '
            'choose a layout without them'
        )
    rows = [[weights.get(joint, 0) for joint in JOINTS] for weights in sums.values()]
    return np.array(rows, dtype=np.float32)
