"""Words of joint names, shared by all skeleton layouts, and the body part that they decide.

A name is an optional side and words: ``left_big_toe``, ``right_index_tip``, ``hip_center``, ``spine_2``.
"""

import re
from typing import Dict, List, Optional, Tuple

#: Body parts, the same in every layout.
PARTS = ('trunk', 'left_arm', 'right_arm', 'left_leg', 'right_leg')
#: Words of an arm and of a leg; they decide the body part of a joint that has a side.
LIMB_WORDS: Dict[str, Tuple[str, ...]] = {
    'arm': (
        *('shoulder', 'arm', 'elbow', 'forearm', 'wrist', 'hand', 'palm'),
        *('finger', 'thumb', 'index', 'middle', 'ring', 'pinky'),
    ),
    'leg': ('hip', 'leg', 'thigh', 'knee', 'shin', 'calf', 'ankle', 'foot', 'heel', 'toe'),
}
#: Words of the trunk, which includes the head.
TRUNK_WORDS = (
    *('spine', 'waist', 'belly', 'navel', 'chest', 'collar', 'neck', 'head'),
    *('face', 'forehead', 'eyebrow', 'eye', 'ear', 'nose', 'nostril', 'mouth', 'lip', 'jaw', 'chin'),
)
#: Words that say where on a body part a joint lies, and numbers that count from the outer or lower end.
PLACE_WORDS = (
    *('center', 'top', 'bottom', 'upper', 'lower', 'inner', 'outer', 'front', 'back', 'base', 'root', 'tip', 'bridge'),
    *('big', 'small', 'cmc', 'mcp', 'pip', 'dip', 'ip'),  # the last five are joints of fingers
    *'123456789',
)


def split_name(joint: str) -> Tuple[str, List[str]]:
    """Split the name of a joint into its side and words: ``'left_thumb1'`` into ``('left', ['thumb', '1'])``.

    The side is ``'left'``, ``'right'`` or, in the middle of the body, empty.
    """
    side, _, rest = joint.partition('_')
    if side not in ('left', 'right'):
        side, rest = '', joint
    return side, re.findall(r'[^\W\d_]+|\d+', rest.lower())


def part_of(joint: str) -> Optional[str]:
    """Return the body part that the words of a joint decide, or None if they decide none.

    A joint without a side belongs to the trunk. Words of more than one of arm, leg and trunk decide nothing.
    """
    side, words = split_name(joint)
    if not side:
        return 'trunk'
    kinds = dict(LIMB_WORDS, trunk=TRUNK_WORDS)
    found = {kind for kind, members in kinds.items() if not set(words).isdisjoint(members)}
    if len(found) != 1:
        return None
    (kind,) = found
    return kind if kind == 'trunk' else f'{side}_{kind}'


def other_side(name: str) -> str:
    """Return the name of the joint or body part on the other side; one in the middle is its own."""
    side, _, rest = name.partition('_')
    return {'left': f'right_{rest}', 'right': f'left_{rest}'}.get(side, name)
