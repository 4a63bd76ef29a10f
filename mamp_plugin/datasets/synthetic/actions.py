"""Actions of the synthetic data as tables of key poses."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from .body import ANGLES, pose

_NEUTRAL = dict(spread=8, elbow=12, knee=3, thigh=2)
NEUTRAL = pose(**_NEUTRAL)


@dataclass(frozen=True)
class Key:
    """Key pose; angles that are not named are those of standing.

    Args:
        seconds (float): Time from the previous key pose.
        angles (dict): Named angles for :func:`pose`; an angle with a side overrides the same angle without one.
        partner (dict, optional): Angles of the second person in actions of two.
    """

    seconds: float
    angles: Mapping[str, float]
    partner: Optional[Mapping[str, float]] = None


@dataclass(frozen=True)
class Action:
    """Action, performed by a right-handed person.

    Args:
        name (str): Class name.
        keys (tuple[Key]): Key poses; the first is held before the action and the last after it.
        cycle (tuple[int, int]): Keys ``start:stop`` that are repeated.
        repeats (tuple[int, int]): Minimum and maximum number of cycles.
        reach (float): Distance between two persons as a share of the length of both arms; 0 for actions of one.
    """

    name: str
    keys: Tuple[Key, ...]
    cycle: Tuple[int, int] = (0, 0)
    repeats: Tuple[int, int] = (1, 1)
    reach: float = 0.0

    def key_order(self, rounds: int) -> np.ndarray:
        """Return the indices of the keys with ``rounds`` cycles."""
        start, stop = self.cycle
        order = np.arange(len(self.keys))
        return np.concatenate((order[:start], np.tile(order[start:stop], rounds), order[stop:]))

    @cached_property
    def seconds(self) -> np.ndarray:
        """Times from the previous key poses, ``(keys, )``."""
        return np.array([key.seconds for key in self.keys], dtype=np.float32)

    @cached_property
    def poses(self) -> np.ndarray:
        """Key poses of the first person, ``(keys, POSE_SIZE)``."""
        return np.stack([pose(**{**_NEUTRAL, **key.angles}) for key in self.keys])

    @cached_property
    def partner_poses(self) -> np.ndarray:
        """Key poses of the second person, ``(keys, POSE_SIZE)``."""
        return np.stack([pose(**{**_NEUTRAL, **(key.partner or {})}) for key in self.keys])

    @cached_property
    def free_limbs(self) -> Tuple[str, ...]:
        """Limbs of :data:`DISTRACTIONS` that this action does not move."""
        moved = np.abs(self.poses - NEUTRAL).max(axis=0) > 0.3
        return tuple(limb for limb, (_, spread) in DISTRACTIONS.items() if not moved[spread > 0].any())


def _spread(**degrees: float) -> np.ndarray:
    """Return the standard deviation of a random movement, ``(POSE_SIZE, )``."""
    return np.abs(pose(**degrees))


#: Random poses of limbs that an action does not move: mean and standard deviation.
DISTRACTIONS = {
    'left_arm': (
        pose(left_lift=18, left_elbow=45, left_spread=8),
        _spread(left_lift=25, left_elbow=35, left_spread=15, left_roll=35),
    ),
    'right_arm': (
        pose(right_lift=18, right_elbow=45, right_spread=8),
        _spread(right_lift=25, right_elbow=35, right_spread=15, right_roll=35),
    ),
    'head': (pose(), _spread(nod=12, look=35, tilt=10)),
    'trunk': (pose(), _spread(twist=15, sway=8, bend=6)),
}
#: Standard deviation of the constant sway, smaller in the supporting legs.
SWAY = _spread(**{name: 1.0 if name.split('_')[-1] in ('thigh', 'splay', 'knee', 'ankle') else 3.0 for name in ANGLES})

_STAND: Dict[str, Any] = {}
_SEATED = dict(thigh=86, knee=88, lean=4, lift=28, elbow=35)
_HALF_SEATED = dict(thigh=62, knee=72, lean=34, lift=25, elbow=25)
_RAISED = dict(right_lift=25, right_spread=80, right_roll=88, right_elbow=80)
_GUARD = dict(lift=42, elbow=118, roll=-12)
_SQUATTING = dict(thigh=98, knee=118, lean=34, lift=75)
_BOWED = dict(lean=36, bend=28, nod=16, lift=18)
_CROUCH = dict(thigh=52, knee=75, lean=28, lift=-35)
_HELD_OUT = dict(right_lift=88, right_elbow=5, twist=8)
_OFFERED = dict(right_lift=36, right_elbow=52, bend=4)
_LEFT_AHEAD = dict(
    left_thigh=28, left_knee=4, left_ankle=12, right_thigh=-22, right_knee=12, right_ankle=-18,
    left_lift=-22, right_lift=22, elbow=22, twist=5)  # fmt: skip
_RIGHT_PASSES = dict(left_thigh=2, left_knee=4, right_thigh=24, right_knee=58, right_ankle=-10, elbow=22)
_RIGHT_AHEAD = dict(
    right_thigh=28, right_knee=4, right_ankle=12, left_thigh=-22, left_knee=12, left_ankle=-18,
    right_lift=-22, left_lift=22, elbow=22, twist=-5)  # fmt: skip
_LEFT_PASSES = dict(right_thigh=2, right_knee=4, left_thigh=24, left_knee=58, left_ankle=-10, elbow=22)
_PUSHED = dict(lean=-14, bend=-10, nod=12, lift=38, elbow=40, right_thigh=-26, right_knee=14, left_thigh=14)

ACTIONS = (
    Action(
        'drink',
        (
            Key(0, _STAND),
            Key(0.6, dict(right_lift=34, right_elbow=85, right_roll=-10)),
            Key(0.6, dict(right_lift=46, right_elbow=130, right_roll=-40, nod=-6)),
            Key(0.9, dict(right_lift=56, right_elbow=132, right_roll=-42, nod=-16)),
            Key(0.8, _STAND),
        ),
    ),
    Action(
        'wave',
        (Key(0, _STAND), Key(0.6, {**_RAISED, 'right_elbow': 38}), Key(0.38, {**_RAISED, 'right_elbow': 125}),
         Key(0.38, {**_RAISED, 'right_elbow': 38}), Key(0.6, _STAND)),
        cycle=(2, 4),
        repeats=(2, 4),
    ),
    Action('raise_hand', (Key(0, _STAND), Key(0.6, _RAISED), Key(1.6, _RAISED), Key(0.6, _STAND))),
    Action(
        'clap',
        (Key(0, _STAND), Key(0.5, dict(lift=38, elbow=75, roll=22)), Key(0.2, dict(lift=38, elbow=80, roll=-42)),
         Key(0.22, dict(lift=38, elbow=75, roll=22)), Key(0.6, _STAND)),
        cycle=(2, 4),
        repeats=(4, 7),
    ),
    Action(
        'punch',
        (Key(0, _STAND), Key(0.5, _GUARD), Key(0.3, {**_GUARD, 'twist': -18}),
         Key(0.22, {**_GUARD, 'right_lift': 88, 'right_elbow': 6, 'right_roll': 0, 'twist': 26, 'bend': 6}),
         Key(0.3, _GUARD), Key(0.6, _STAND)),
        cycle=(2, 5),
        repeats=(2, 3),
    ),
    Action(
        'throw',
        (Key(0, _STAND),
         Key(0.7, dict(right_spread=92, right_roll=95, right_elbow=95, right_lift=-12, twist=-30, left_lift=35)),
         Key(0.25, dict(right_lift=115, right_elbow=18, right_spread=12, twist=24, bend=8)),
         Key(0.25, dict(right_lift=38, right_elbow=10, right_roll=-20, twist=34, bend=18)), Key(0.7, _STAND)),
    ),
    Action('point', (Key(0, _STAND), Key(0.6, _HELD_OUT), Key(1.5, _HELD_OUT), Key(0.6, _STAND))),
    Action(
        'kick',
        (Key(0, _STAND), Key(0.45, dict(right_thigh=-22, right_knee=50, lean=6, left_lift=20)),
         Key(0.28, dict(right_thigh=78, right_knee=12, lean=-14, left_lift=38, right_lift=-18)),
         Key(0.3, dict(right_thigh=30, right_knee=60, lean=-4)), Key(0.4, _STAND)),
    ),
    Action(
        'squat',
        (Key(0, _STAND), Key(0.8, _SQUATTING), Key(0.2, _SQUATTING), Key(0.7, _STAND)),
        cycle=(1, 4),
        repeats=(1, 2),
    ),
    Action(
        'jump',
        (Key(0, _STAND), Key(0.5, _CROUCH), Key(0.22, dict(rise=0.04, lift=110, ankle=-25, thigh=4)),
         Key(0.2, dict(rise=0.32, lift=125, ankle=-25, thigh=12, knee=18)),
         Key(0.25, dict(thigh=30, knee=45, lean=16, lift=50)), Key(0.4, _STAND)),
        cycle=(1, 6),
        repeats=(1, 2),
    ),
    Action('bow', (Key(0, _STAND), Key(0.9, _BOWED), Key(0.5, _BOWED), Key(0.9, _STAND))),
    Action(
        'walk',
        (Key(0, _STAND), Key(0.3, _LEFT_AHEAD), Key(0.26, _RIGHT_PASSES), Key(0.26, _RIGHT_AHEAD),
         Key(0.26, _LEFT_PASSES), Key(0.26, _LEFT_AHEAD), Key(0.3, _STAND)),
        cycle=(2, 6),
        repeats=(2, 3),
    ),
    Action('sit_down', (Key(0, _STAND), Key(0.6, _HALF_SEATED), Key(0.7, _SEATED))),
    Action('stand_up', (Key(0, _SEATED), Key(0.7, _HALF_SEATED), Key(0.6, _STAND))),
    Action(
        'handshake',
        (Key(0, _STAND, _STAND), Key(0.7, _OFFERED, _OFFERED),
         Key(0.22, {**_OFFERED, 'right_elbow': 68}, {**_OFFERED, 'right_elbow': 68}),
         Key(0.22, {**_OFFERED, 'right_elbow': 42}, {**_OFFERED, 'right_elbow': 42}), Key(0.7, _STAND, _STAND)),
        cycle=(2, 4),
        repeats=(2, 3),
        reach=0.72,
    ),
    Action(
        'push',
        (Key(0, _STAND, _STAND), Key(0.6, dict(lift=48, elbow=108), _STAND),
         Key(0.25, dict(lift=80, elbow=10, lean=12), dict(lean=-6)), Key(0.3, dict(lift=70, elbow=30, lean=8), _PUSHED),
         Key(0.7, _STAND, _STAND)),
        reach=0.58,
    ),
)  # fmt: skip
CLASSES = tuple(action.name for action in ACTIONS)
