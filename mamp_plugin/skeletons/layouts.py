"""The one table of skeleton layouts: which joints there are and how they hang together."""

from dataclasses import dataclass
from functools import cached_property
from typing import Dict, Iterable, List, Tuple

#: Joints of the limbs by their names without the side; every other joint belongs to the trunk.
_LIMBS = {
    'arm': ('shoulder', 'elbow', 'wrist', 'hand', 'hand_tip', 'thumb'),
    'leg': ('hip', 'knee', 'ankle', 'foot'),
}
#: An axis leads from the mean of the first joints to the mean of the second.
Axis = Tuple[Tuple[int, ...], Tuple[int, ...]]


@dataclass(frozen=True)
class SkeletonLayout:
    """Names, tree and landmarks of one kind of skeleton.

    Left and right are the person's own.

    Args:
        name (str): The name by which configs ask for the layout.
        joints (tuple[str]): Joint names in the order of the data.
        parents (tuple[int]): The joint each joint hangs on; the root is its own parent.
        center (int): The joint that is moved to the origin.
        spine (tuple): The axis from the hips towards the shoulders.
        shoulders (tuple): The axis from the left to the right shoulder.
        dims (int): Coordinates per joint: 3 for depth sensors, 2 for pose estimators on images.
    """

    name: str
    joints: Tuple[str, ...]
    parents: Tuple[int, ...]
    center: int
    spine: Axis
    shoulders: Axis
    dims: int = 3

    @property
    def num_joints(self) -> int:
        return len(self.joints)

    @cached_property
    def parts(self) -> Dict[str, Tuple[int, ...]]:
        """The joints of the five body parts; together they hold every joint once."""
        parts = {'trunk': [], 'left_arm': [], 'right_arm': [], 'left_leg': [], 'right_leg': []}
        for index, joint in enumerate(self.joints):
            parts[_part(joint)].append(index)
        return {name: tuple(joints) for name, joints in parts.items()}

    def joints_of(self, parts: Iterable[str]) -> List[int]:
        """The joints of some body parts; an unknown part is answered with the known ones."""
        parts = tuple(parts)
        unknown = [part for part in parts if part not in self.parts]
        if unknown:
            raise ValueError(f'unknown body part {unknown[0]!r}; layout {self.name!r} has {", ".join(self.parts)}')
        return [joint for part in parts for joint in self.parts[part]]

    @property
    def root(self) -> int:
        """The joint that all others hang on."""
        return next(joint for joint, parent in enumerate(self.parents) if joint == parent)

    @cached_property
    def mirror(self) -> Tuple[int, ...]:
        """The joint on the other side for every joint; those in the middle are their own."""
        return tuple(self.joints.index(_swap_sides(joint)) for joint in self.joints)

    @cached_property
    def bones(self) -> Tuple[Tuple[int, int], ...]:
        """``(child, parent)`` for every joint but the root."""
        return tuple((child, parent) for child, parent in enumerate(self.parents) if child != parent)


def _part(joint: str) -> str:
    side, _, rest = joint.partition('_')
    if side in ('left', 'right'):
        for limb, joints in _LIMBS.items():
            if rest in joints:
                return f'{side}_{limb}'
    return 'trunk'


def _swap_sides(joint: str) -> str:
    side, _, rest = joint.partition('_')
    return {'left': f'right_{rest}', 'right': f'left_{rest}'}.get(side, joint)


# fmt: off
_LAYOUTS = (
    SkeletonLayout(
        name='nturgb+d',
        joints=(
            'hip_center', 'spine', 'neck', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot',
            'shoulder_center', 'left_hand_tip', 'left_thumb', 'right_hand_tip', 'right_thumb'),
        parents=(1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18, 20, 22, 7, 24, 11),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='kinect_v1',
        joints=(
            'hip_center', 'spine', 'shoulder_center', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot'),
        parents=(1, 2, 2, 2, 2, 4, 5, 6, 2, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='sbu',
        joints=(
            'head', 'neck', 'spine',
            'left_shoulder', 'left_elbow', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_hand',
            'left_hip', 'left_knee', 'left_foot',
            'right_hip', 'right_knee', 'right_foot'),
        parents=(1, 1, 1, 1, 3, 4, 1, 6, 7, 2, 9, 10, 2, 12, 13),
        center=2,
        spine=((2, ), (1, )),
        shoulders=((3, ), (6, ))),
    SkeletonLayout(
        name='coco',
        joints=(
            'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
            'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
            'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle'),
        parents=(0, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14),
        center=0,
        spine=((11, 12), (5, 6)),
        shoulders=((5, ), (6, )),
        dims=2),
    SkeletonLayout(
        name='openpose',
        joints=(
            'nose', 'neck',
            'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist',
            'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
            'right_eye', 'left_eye', 'right_ear', 'left_ear'),
        parents=(1, 1, 1, 2, 3, 1, 5, 6, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15),
        center=1,
        spine=((8, 11), (1, )),
        shoulders=((5, ), (2, )),
        dims=2),
)
# fmt: on

LAYOUTS = {layout.name: layout for layout in _LAYOUTS}


def get_layout(name: str) -> SkeletonLayout:
    """Looks up a layout; an unknown name is answered with the known ones."""
    try:
        return LAYOUTS[name]
    except (KeyError, TypeError):
        raise KeyError(f'unknown skeleton layout {name!r}; known layouts: {", ".join(LAYOUTS)}') from None
