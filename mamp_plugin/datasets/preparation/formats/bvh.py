"""BVH motion capture: a hierarchy of joints and their rotations, turned into positions by forward kinematics.

This reader is small, and no library fits: pybvh refuses joints with position channels and needs Matplotlib, bvhtoolbox
and bvh are not maintained, and none of them names the line of an error.
"""

import re
from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import numpy as np
from scipy.spatial.transform import Rotation

from mamp_plugin.skeletons import SkeletonLayout

from ..joint_names import pick_joints
from ..raw_files import RawDataError
from ..recording import Content, Recording, RecordingFormat
from ..text_table import parse_number, quoted, read_table


@dataclass
class _Joint:
    """Joint or end site; a root is its own parent, and a channel is an axis and whether it is a rotation."""

    name: str
    parent: int
    offset: np.ndarray = field(default_factory=lambda: np.zeros(3))
    channels: List[Tuple[str, bool]] = field(default_factory=list)


class Bvh(RecordingFormat):
    """BVH file; every root is a person, and an end site is named after its joint, ``Head_end``."""

    title = '.bvh (motion capture)'
    pattern = r'.+\.(?i:bvh)'

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        (file,) = files
        joints, motion = _parse(file)
        positions = _positions(joints, motion)
        roots = [index for index, joint in enumerate(joints) if joint.parent == index]
        persons = []
        for start, stop in zip(roots, [*roots[1:], len(joints)]):
            places = pick_joints([joint.name for joint in joints[start:stop]], layout, file.where)
            persons.append(positions[:, start:stop][:, places])
        return [Recording(np.stack(persons).astype(np.float32), layout.name)]


def _positions(joints: Sequence[_Joint], motion: np.ndarray) -> np.ndarray:
    """Return the positions of all joints, ``(T, joints, 3)``."""
    positions, rotations, column = np.zeros((len(motion), len(joints), 3)), [], 0
    for index, joint in enumerate(joints):
        values = motion[:, column : column + len(joint.channels)]
        column += len(joint.channels)
        local, rotation = _translation(joint, values), Rotation.identity(len(motion))
        if joint.parent != index:
            rotation = rotations[joint.parent]
            local = positions[:, joint.parent] + rotation.apply(local)
        positions[:, index] = local
        for (axis, is_rotation), angles in zip(joint.channels, values.T):
            if is_rotation:
                rotation = rotation * Rotation.from_euler(axis, angles[:, None], degrees=True)
        rotations.append(rotation)
    return positions


def _translation(joint: _Joint, values: np.ndarray) -> np.ndarray:
    """Return the offset of a joint from its parent in every frame, ``(T, 3)``.

    Some programs write positions that replace the offset, others add them to it: bones keep their length only with the
    right one, so the offset is added if the positions are nearer to zero than to the offset.
    """
    columns = [index for index, (_, is_rotation) in enumerate(joint.channels) if not is_rotation]
    axes = ['xyz'.index(joint.channels[index][0]) for index in columns]
    translation = np.tile(joint.offset, (len(values), 1))
    mean, rest = values[:, columns].mean(axis=0), joint.offset[axes]
    added = np.linalg.norm(mean) < np.linalg.norm(mean - rest)
    translation[:, axes] = values[:, columns] + rest * added
    return translation


def _parse(file: Content) -> Tuple[List[_Joint], np.ndarray]:
    """Return the joints, parents first, and the values of their channels, ``(T, channels)``."""
    rows = file.data.split(b'\n')
    lines = [(number, row.strip()) for number, row in enumerate(rows, start=1) if row.strip()]
    if not lines or lines[0][1].upper() != b'HIERARCHY':
        raise RawDataError(f'{file.where}: expected HIERARCHY in the first line, as BVH files have it')
    end = next((index for index, (_, line) in enumerate(lines) if line.upper() == b'MOTION'), None)
    if end is None or len(lines) < end + 4:
        raise RawDataError(
            f'{file.where}: the file ends before the first frame; expected MOTION, Frames and Frame Time'
        )
    joints = _parse_joints(lines[1:end], file.where)
    frames = int(_header(rb'Frames:\s*(\d{1,9})', *lines[end + 1], file.where))
    parse_number(_header(rb'Frame\s*Time:\s*(\S+)', *lines[end + 2], file.where), f'{file.where}:{lines[end + 2][0]}')
    start = lines[end + 2][0]
    columns = sum(len(joint.channels) for joint in joints)
    motion = read_table(b'\n' * start + b'\n'.join(rows[start:]), columns, file.where)  # keeps the line numbers
    if len(motion) != frames:
        raise RawDataError(f'{file.where}:{lines[end + 1][0]}: expected {frames} frames, found {len(motion)} lines')
    return joints, motion


def _header(pattern: bytes, number: int, line: bytes, where: str) -> bytes:
    match = re.fullmatch(pattern, line, re.IGNORECASE)
    if match is None:
        raise RawDataError(
            f'{where}:{number}: expected Frames: NUMBER and then Frame Time: SECONDS, found {quoted(line)}'
        )
    return match[1]


def _parse_joints(lines: Sequence[Tuple[int, bytes]], where: str) -> List[_Joint]:
    joints: List[_Joint] = []
    open_joints: List[int] = []
    wants_brace = False
    for number, line in lines:
        for statement in re.findall(rb'[{}]|[^{}\s][^{}]*', line):  # a brace may follow a name in its line
            place = f'{where}:{number}'
            if wants_brace != (statement == b'{'):
                raise RawDataError(
                    f'{place}: expected {"a brace" if wants_brace else "no brace"}, found {quoted(line)}'
                )
            wants_brace = statement != b'{' and _declares_joint(statement.strip(), joints, open_joints, place)
    if not joints or open_joints:
        raise RawDataError(f'{where}: the joints end before the last brace is closed')
    return joints


def _declares_joint(statement: bytes, joints: List[_Joint], open_joints: List[int], where: str) -> bool:
    """Add what a statement says; return True if it declares a joint, whose braces follow."""
    keyword, *values = statement.split()
    kind = keyword.upper()
    if kind in (b'ROOT', b'JOINT', b'END') and values and (kind == b'ROOT') != bool(open_joints):
        parent = open_joints[-1] if open_joints else len(joints)
        name = statement[len(keyword) :].strip().decode('utf-8', 'replace')
        open_joints.append(len(joints))
        joints.append(_Joint(f'{joints[parent].name}_end' if kind == b'END' else name, parent))
        return True
    if kind == b'}' and open_joints:
        open_joints.pop()
    elif kind == b'OFFSET' and open_joints and len(values) == 3:
        joints[open_joints[-1]].offset[:] = [parse_number(value, where) for value in values]
    elif kind == b'CHANNELS' and open_joints and values[:1] == [b'%d' % (len(values) - 1)]:
        joints[open_joints[-1]].channels[:] = [_channel(value, where) for value in values[1:]]
    else:
        raise RawDataError(f'{where}: {quoted(statement)} is not expected here; a value or a brace may be missing')
    return False


def _channel(value: bytes, where: str) -> Tuple[str, bool]:
    match = re.fullmatch(rb'([xyz])(position|rotation)', value.lower())
    if match is None:
        raise RawDataError(
            f'{where}: unknown channel {quoted(value)}; known are Xposition, Xrotation and the same of Y and Z'
        )
    return match[1].decode(), match[2] == b'rotation'
