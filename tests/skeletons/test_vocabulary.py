"""Words of joint names and the body parts that they decide."""

import pytest

from mamp_plugin.skeletons import LAYOUTS
from mamp_plugin.skeletons.vocabulary import LIMB_WORDS, PLACE_WORDS, TRUNK_WORDS, other_side, part_of, split_name

#: Words of every joint of the package's layouts: known to what a model learns by words.
WORDS = {*LIMB_WORDS['arm'], *LIMB_WORDS['leg'], *TRUNK_WORDS, *PLACE_WORDS}


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_use_the_vocabulary(layout):
    names = [split_name(joint) for joint in layout.joints]
    assert {word for _, words in names for word in words} <= WORDS
    # no two joints of a layout are the same words in another order
    assert len({(side, *sorted(words)) for side, words in names}) == layout.num_joints


def test_a_word_decides_one_part_only():
    words = [*LIMB_WORDS['arm'], *LIMB_WORDS['leg'], *TRUNK_WORDS, *PLACE_WORDS]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    'joint, part',
    [
        ('left_heel', 'left_leg'),
        ('right_big_toe', 'right_leg'),
        ('left_small_toe', 'left_leg'),
        ('right_ankle', 'right_leg'),
        ('left_index_tip', 'left_arm'),
        ('right_ring_pip', 'right_arm'),
        ('left_hand_root', 'left_arm'),
        ('left_thumb1', 'left_arm'),
        ('right_eye_inner', 'trunk'),
        ('left_collar', 'trunk'),
        ('hip_center', 'trunk'),
        ('wrist', 'trunk'),  # without a side
        ('left_marker', None),
        ('left_foot_index', None),  # of a leg or of an arm?
        ('left_neck_shoulder', None),
        ('left_', None),
    ],
)
def test_parts_of_names(joint, part):
    assert part_of(joint) == part


def test_names_have_a_side_and_words():
    assert split_name('left_big_toe') == ('left', ['big', 'toe'])
    assert split_name('right_thumb1') == ('right', ['thumb', '1'])
    assert split_name('spine_2') == ('', ['spine', '2'])
    assert [other_side(name) for name in ('left_arm', 'right_leg', 'trunk')] == ['right_arm', 'left_leg', 'trunk']
