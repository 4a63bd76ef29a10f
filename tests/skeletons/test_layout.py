"""Skeleton layouts: what follows from joint names and parents, and the checks of a new layout."""

from dataclasses import replace

import pytest

from mamp_plugin.skeletons import SkeletonLayout

TOY = SkeletonLayout(
    name='toy',
    joints=('hip_center', 'left_hip', 'left_foot', 'right_foot', 'right_hip', 'left_hand', 'right_hand'),
    parents=(0, 0, 1, 4, 0, 0, 0),
    center=0,
    spine=((1, 4), (0,)),
    shoulders=((5,), (6,)),
)


def test_bones_mirror_and_parts():
    assert (TOY.num_joints, TOY.root, TOY.dims) == (7, 0, 3)
    assert TOY.bones == ((1, 0), (2, 1), (3, 4), (4, 0), (5, 0), (6, 0))
    assert TOY.mirror == (0, 4, 3, 2, 1, 6, 5)
    assert TOY.parts == dict(trunk=(0,), left_arm=(5,), right_arm=(6,), left_leg=(1, 2), right_leg=(3, 4))
    assert TOY.joints_of(['right_leg', 'trunk']) == [3, 4, 0]
    with pytest.raises(ValueError, match="unknown body part 'tail'; layout 'toy' has trunk, left_arm, right_arm"):
        TOY.joints_of(['trunk', 'tail'])


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(dims=4), 'has dims=4; joints have 2 or 3 coordinates'),
        (dict(joints=TOY.joints[:-1] + ('left_hand',)), 'names a joint twice'),
        (dict(joints=TOY.joints[:-1] + ('nose',)), "has 'left_hand', but no 'right_hand'"),
        (dict(parents=TOY.parents[:-1]), 'has 7 joints, but 6 parents'),
        (dict(parents=TOY.parents[:-1] + (7,)), 'refers to joint 7; its 7 joints are counted from 0'),
        (dict(spine=((1,), (-1,))), 'refers to joint -1'),
        (dict(parents=TOY.parents[:-1] + (6,)), 'form no tree'),  # two roots
        (dict(parents=(1,) + TOY.parents[1:]), 'form no tree'),  # a circle
    ],
)
def test_inconsistent_layouts(changes, message):
    with pytest.raises(ValueError, match=f"layout 'toy' {message}"):
        replace(TOY, **changes)
