"""Joints by the words of their names."""

import pytest

from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout
from mamp_plugin.skeletons.words import WORDS, words_of

NAMES = {row: word for word, row in WORDS.items()}


def layout_of(*joints):
    """A layout of any joints, all attached to the first."""
    axis = ((0,), (0,))
    return SkeletonLayout('own', joints, (0,) * len(joints), center=0, spine=axis, shoulders=axis)


def words(joint):
    """Side, body part and words of a joint."""
    others = [joint.replace('left', 'right')] if joint.startswith('left_') else []
    (side, part, *rest) = (NAMES[row][1] for row in words_of(layout_of(joint, *others))[0])
    return side, part, sorted(rest)


@pytest.mark.parametrize(
    ('joint', 'expected'),
    [
        ('left_hand_tip', ('left', 'arm', ['hand', 'tip'])),
        ('left_heel', ('left', 'leg', ['heel'])),
        ('left_big_toe', ('left', 'leg', ['big', 'toe'])),
        ('left_index', ('left', 'arm', ['index'])),
        ('left_pinky2', ('left', 'arm', ['2', 'pinky'])),
        ('left_eye_inner', ('left', 'trunk', ['eye', 'inner'])),
        ('nose', ('middle', 'trunk', ['nose'])),
        ('pelvis', ('middle', 'trunk', ['center', 'hip'])),
        ('spine_1', ('middle', 'trunk', ['1', 'spine'])),
        ('wrist', ('middle', 'trunk', ['wrist'])),
    ],
)
def test_words_of_joints(joint, expected):
    assert words(joint) == expected


def test_a_joint_is_the_same_in_every_layout():
    rows = {}
    for layout in LAYOUTS.values():
        for part, joints in layout.parts.items():
            for joint in joints:
                row = words_of(layout)[joint]
                assert rows.setdefault(layout.joints[joint], row) == row
                assert NAMES[row[1]] == ('part', part.split('_')[-1])
                assert NAMES[row[0]] == ('side', part.split('_')[0]) or part == 'trunk'
    assert len(set(rows.values())) == len(rows)


@pytest.mark.parametrize(
    ('joints', 'message'),
    [
        (
            ('nose', 'wing_tip'),
            "joint 'wing_tip' of layout 'own' has the unknown word 'wing'; rename it with these",
        ),
        (('pelvis', 'mid_hip'), "layout 'own' has 'pelvis' and 'mid_hip', which mean the same; rename one"),
    ],
)
def test_names_without_a_meaning(joints, message):
    with pytest.raises(ValueError, match=message):
        words_of(layout_of(*joints))


def test_parts_of_the_feet_and_fingers():
    joints = ('nose', 'left_heel', 'right_heel', 'left_index', 'right_index', 'left_collar', 'right_collar')
    expected = dict(trunk=(0, 5, 6), left_arm=(3,), right_arm=(4,), left_leg=(1,), right_leg=(2,))
    assert layout_of(*joints).parts == expected
