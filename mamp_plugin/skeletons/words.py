"""Joints by the words of their names, the same in every skeleton layout."""

from typing import Dict, Iterator, Tuple

from .layout import SkeletonLayout
from .vocabulary import LIMB_WORDS, PLACE_WORDS, TRUNK_WORDS, split_name

#: Row of each word, by its kind, in a table with one vector per word.
WORDS: Dict[Tuple[str, str], int] = {
    word: row
    for row, word in enumerate(
        (kind, name)
        for kind, names in (
            ('side', ('left', 'right', 'middle')),
            ('part', ('trunk', 'arm', 'leg')),
            ('joint', (*LIMB_WORDS['arm'], *LIMB_WORDS['leg'], *TRUNK_WORDS, *PLACE_WORDS)),
        )
        for name in names
    )
}
#: Other names of joints in the middle of the body.
SYNONYMS = {
    'pelvis': 'hip_center',
    'hips': 'hip_center',
    'mid_hip': 'hip_center',
    'spine_base': 'hip_center',
    'thorax': 'shoulder_center',
    'mid_shoulder': 'shoulder_center',
    'spine_shoulder': 'shoulder_center',
    'spine_mid': 'spine',
    'torso': 'spine',
}


def words_of(layout: SkeletonLayout) -> Tuple[Tuple[int, ...], ...]:
    """Return the rows of :data:`WORDS` for every joint: its side, its body part and the words of its name.

    Raises:
        ValueError: A word is unknown, or two joints have the same words.
    """
    parts = {layout.joints[joint]: part for part, joints in layout.parts.items() for joint in joints}
    words = tuple(tuple(sorted(_rows(joint, parts[joint], layout.name))) for joint in layout.joints)
    for joint, own in zip(layout.joints, words):
        twin = layout.joints[words.index(own)]
        if twin != joint:
            raise ValueError(f'layout {layout.name!r} has {twin!r} and {joint!r}, which mean the same; rename one')
    return words


def _rows(joint: str, part: str, layout: str) -> Iterator[int]:
    side, words = split_name(SYNONYMS.get(joint, joint))
    yield WORDS['side', side or 'middle']
    yield WORDS['part', part.rpartition('_')[2]]
    for word in words:
        if ('joint', word) not in WORDS:
            known = ', '.join(name for kind, name in WORDS if kind == 'joint')
            raise ValueError(
                f'joint {joint!r} of layout {layout!r} has the unknown word {word!r}; rename it with these: {known}'
            )
        yield WORDS['joint', word]
