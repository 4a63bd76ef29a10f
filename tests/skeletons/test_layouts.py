"""The layout table is consistent in itself."""

import re

import pytest

from mamp_plugin.skeletons import LAYOUTS, get_layout

COUNTS = {'nturgb+d': 25, 'kinect_v1': 20, 'sbu': 15, 'coco': 17, 'openpose': 18}


def test_the_known_layouts_have_their_joints():
    assert {name: layout.num_joints for name, layout in LAYOUTS.items()} == COUNTS


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
class TestLayout:
    def test_parents_form_one_tree(self, layout):
        assert len(layout.parents) == len(set(layout.joints)) == layout.num_joints
        roots = set()
        for joint in range(layout.num_joints):
            for _ in range(layout.num_joints):
                assert 0 <= layout.parents[joint] < layout.num_joints
                joint = layout.parents[joint]
            roots.add(joint)
        assert roots == {layout.root}
        assert len(layout.bones) == layout.num_joints - 1

    def test_parts_cover_every_joint_once(self, layout):
        assert sorted(sum(layout.parts.values(), ())) == list(range(layout.num_joints))
        assert len(layout.parts) == 5 and all(layout.parts.values())

    def test_joints_of_parts(self, layout):
        assert layout.joints_of(['left_leg', 'trunk']) == [*layout.parts['left_leg'], *layout.parts['trunk']]
        assert sorted(layout.joints_of(layout.parts)) == list(range(layout.num_joints))
        with pytest.raises(ValueError, match=f"part 'tail'; layout '{re.escape(layout.name)}' has trunk, left_arm"):
            layout.joints_of(['trunk', 'tail'])

    def test_mirror_is_an_involution_that_swaps_sides(self, layout):
        for joint, other in enumerate(layout.mirror):
            assert layout.mirror[other] == joint
            assert (joint == other) != layout.joints[joint].startswith(('left_', 'right_'))
        swapped = tuple(layout.mirror[joint] for joint in layout.parts['left_arm'])
        assert set(swapped) == set(layout.parts['right_arm'])

    def test_the_tree_is_symmetric(self, layout):
        for joint, parent in layout.bones:
            assert layout.parents[layout.mirror[joint]] == layout.mirror[parent]

    def test_landmarks_are_joints_of_the_right_kind(self, layout):
        assert 0 <= layout.center < layout.num_joints
        (left,), (right,) = layout.shoulders
        assert (layout.joints[left], layout.joints[right]) == ('left_shoulder', 'right_shoulder')
        assert all(0 <= joint < layout.num_joints for group in layout.spine for joint in group)
        assert layout.dims in (2, 3)


def test_ntu_parts_and_bones_are_the_papers():
    layout = get_layout('nturgb+d')
    assert layout.parts['trunk'] == (0, 1, 2, 3, 20)
    assert set(layout.parts['left_arm']) == {4, 5, 6, 7, 21, 22}
    assert set(layout.parts['right_leg']) == {16, 17, 18, 19}
    assert {(21, 22), (22, 7), (23, 24), (24, 11), (0, 1), (2, 20)} <= set(layout.bones)
    assert layout.parents[20] == 20 and layout.center == 1


def test_coco_and_openpose_agree_with_mmaction():
    from mmaction.models.utils import Graph

    for name in ('coco', 'openpose'):
        graph = Graph(layout=name)
        theirs = {frozenset(edge) for edge in graph.inward}
        ours = {frozenset(bone) for bone in get_layout(name).bones}
        extra = {frozenset((1, 3)), frozenset((2, 4)), frozenset((5, 11)), frozenset((6, 12))}
        assert len(theirs ^ ours) <= len(extra) * 2
        assert get_layout(name).num_joints == graph.num_node


@pytest.mark.parametrize('name', ['ntu', None, ['nturgb+d']])
def test_an_unknown_layout_lists_the_known_ones(name):
    with pytest.raises(KeyError, match='known layouts: nturgb.d, kinect_v1, sbu, coco, openpose'):
        get_layout(name)
