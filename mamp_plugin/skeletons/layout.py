"""Skeleton layout: joints, bones, body parts and mirror pairs."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Dict, Iterable, List, Tuple

from .vocabulary import PARTS, other_side, part_of

#: An axis leads from the mean of the first joints to the mean of the second.
Axis = Tuple[Tuple[int, ...], Tuple[int, ...]]


@dataclass(frozen=True)
class SkeletonLayout:
    """Joints of a skeleton, their tree and their landmarks.

    Joints of the two sides are named ``left_...`` and ``right_...``, as seen by the person. The words of the name also
    decide the body part, see :mod:`.vocabulary`; joints without a side belong to the trunk.

    Args:
        name (str): Name of the layout in configs.
        joints (tuple[str]): Joint names in the order of the data.
        parents (tuple[int]): Parent of each joint in the tree; the root is its own parent.
        center (int): Joint that is moved to the origin.
        spine (tuple): Axis from the hips to the shoulders.
        shoulders (tuple): Axis from the left to the right shoulder.
        dims (int): Coordinates per joint: 3 for depth sensors, 2 for pose estimators on images. Defaults to 3.
        joint_parts (tuple): ``(joint, part)`` for joints whose body part is not the one that their name decides.
            Defaults to none.
    """

    name: str
    joints: Tuple[str, ...]
    parents: Tuple[int, ...]
    center: int
    spine: Axis
    shoulders: Axis
    dims: int = 3
    joint_parts: Tuple[Tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, 'joint_parts', tuple(sorted(self.joint_parts)))  # equal in any order
        self._check_joints()
        self._check_parts()
        self._check_tree()

    @property
    def num_joints(self) -> int:
        """Number of joints, ``V``."""
        return len(self.joints)

    @property
    def root(self) -> int:
        """Root joint of the tree."""
        return next(joint for joint, parent in enumerate(self.parents) if joint == parent)

    @cached_property
    def bones(self) -> Tuple[Tuple[int, int], ...]:
        """``(child, parent)`` for every joint but the root."""
        return tuple((child, parent) for child, parent in enumerate(self.parents) if child != parent)

    @cached_property
    def mirror(self) -> Tuple[int, ...]:
        """Joint on the opposite side for every joint; joints in the middle map to themselves."""
        return tuple(self.joints.index(other_side(joint)) for joint in self.joints)

    @cached_property
    def parts(self) -> Dict[str, Tuple[int, ...]]:
        """Joints of the five body parts, which are disjoint and cover all joints."""
        parts: Dict[str, List[int]] = {part: [] for part in PARTS}
        for index, joint in enumerate(self.joints):
            parts[self._part(joint)].append(index)
        return {name: tuple(joints) for name, joints in parts.items()}

    def joints_of(self, parts: Iterable[str]) -> List[int]:
        """Return the joints of some body parts, or raise an error that lists the known parts."""
        parts = tuple(parts)
        unknown = [part for part in parts if part not in self.parts]
        if unknown:
            raise ValueError(f'unknown body part {unknown[0]!r}; layout {self.name!r} has {", ".join(self.parts)}')
        return [joint for part in parts for joint in self.parts[part]]

    def _part(self, joint: str) -> str:
        return dict(self.joint_parts).get(joint) or part_of(joint)

    def _check_joints(self) -> None:
        if not isinstance(self.dims, int) or self.dims not in (2, 3):
            raise ValueError(f'layout {self.name!r} has dims={self.dims!r}; joints have 2 or 3 coordinates')
        if len(set(self.joints)) != self.num_joints:
            twice = next(joint for joint in self.joints if self.joints.count(joint) > 1)
            raise ValueError(f'layout {self.name!r} names a joint twice: {twice!r}; joint names must be unique')
        for joint in self.joints:
            if other_side(joint) not in self.joints:
                raise ValueError(f'layout {self.name!r} has {joint!r}, but no {other_side(joint)!r}; add it to joints')
        for index in (self.center, *chain(*self.spine, *self.shoulders), *self.parents):
            if not 0 <= index < self.num_joints:
                raise ValueError(
                    f'layout {self.name!r} refers to joint {index}; its {self.num_joints} joints are counted from 0'
                )

    def _check_parts(self) -> None:
        for joint, part in self.joint_parts:
            if joint not in self.joints or part not in PARTS:
                raise ValueError(
                    f'layout {self.name!r} assigns joint {joint!r} to body part {part!r}; give a joint of the layout '
                    f'and one of {", ".join(PARTS)}'
                )
        parts = {joint: self._part(joint) for joint in self.joints}
        for joint, part in parts.items():
            if part is None:
                raise ValueError(
                    f'layout {self.name!r} has {joint!r}, whose words decide no body part; rename it with words of '
                    'mamp_plugin/skeletons/vocabulary.py, or state its part (parts of a dict or file, joint_parts)'
                )
        for joint, part in parts.items():
            other = other_side(joint)
            if joint != other and parts[other] != other_side(part):
                raise ValueError(
                    f'layout {self.name!r} has {joint!r} in {part}, but {other!r} in {parts[other]}; '
                    'body parts must be symmetric'
                )

    def _check_tree(self) -> None:
        if len(self.parents) != self.num_joints:
            raise ValueError(f'layout {self.name!r} has {self.num_joints} joints, but {len(self.parents)} parents')
        ancestors = list(range(self.num_joints))
        for _ in self.joints:
            ancestors = [self.parents[joint] for joint in ancestors]
        if len(set(ancestors)) > 1:
            ends = ', '.join(self.joints[joint] for joint in sorted(set(ancestors)))
            raise ValueError(
                f'parents of layout {self.name!r} form no tree: all joints must lead to one root, which is its own '
                f'parent, but they end in {ends}'
            )
