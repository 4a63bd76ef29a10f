"""Table of skeleton layouts."""

from dataclasses import replace

import pytest
from mmaction.models.utils import Graph

from mamp_plugin.skeletons import LAYOUTS, get_layout, register_layout

COUNTS = {'nturgb+d': 25, 'kinect_v1': 20, 'sbu': 15, 'coco': 17, 'openpose': 18}


def test_the_known_layouts_have_their_joints():
    assert {name: layout.num_joints for name, layout in LAYOUTS.items()} == COUNTS


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
class TestLayout:
    def test_parts_cover_every_joint_once(self, layout):
        assert sorted(layout.joints_of(layout.parts)) == list(range(layout.num_joints))
        assert len(layout.parts) == 5 and all(layout.parts.values())

    def test_mirror_is_an_involution_that_swaps_sides(self, layout):
        for joint, other in enumerate(layout.mirror):
            assert layout.mirror[other] == joint
            assert (joint == other) != layout.joints[joint].startswith(('left_', 'right_'))
        for limb in ('arm', 'leg'):
            swapped = {layout.mirror[joint] for joint in layout.parts[f'left_{limb}']}
            assert swapped == set(layout.parts[f'right_{limb}'])

    def test_the_tree_is_symmetric(self, layout):
        assert len(layout.bones) == layout.num_joints - 1
        for joint, parent in layout.bones:
            assert layout.parents[layout.mirror[joint]] == layout.mirror[parent]

    def test_shoulders_lead_from_left_to_right(self, layout):
        (left,), (right,) = layout.shoulders
        assert (layout.joints[left], layout.joints[right]) == ('left_shoulder', 'right_shoulder')


def test_ntu_parts_and_bones_are_the_papers():
    layout = get_layout('nturgb+d')
    assert layout.parts['trunk'] == (0, 1, 2, 3, 20)
    assert set(layout.parts['left_arm']) == {4, 5, 6, 7, 21, 22}
    assert set(layout.parts['right_leg']) == {16, 17, 18, 19}
    assert {(21, 22), (22, 7), (23, 24), (24, 11), (0, 1), (2, 20)} <= set(layout.bones)
    assert layout.parents[20] == 20 and layout.center == 1


@pytest.mark.parametrize('name', ['coco', 'openpose'])
def test_bones_are_those_of_mmaction(name):
    assert set(get_layout(name).bones) == {tuple(bone) for bone in Graph(layout=name).inward}


@pytest.mark.parametrize('name', ['ntu', None, ['nturgb+d']])
def test_an_unknown_layout_lists_the_known_ones(name):
    with pytest.raises(KeyError, match='known layouts: nturgb.d, kinect_v1, sbu, coco, openpose'):
        get_layout(name)


def test_a_layout_of_ones_own(monkeypatch):
    monkeypatch.setattr('mamp_plugin.skeletons.table.LAYOUTS', LAYOUTS.copy())
    own = replace(LAYOUTS['sbu'], name='own', center=0)
    register_layout(own)
    assert get_layout('own') is own
    register_layout(replace(own))
    with pytest.raises(ValueError, match="skeleton layout 'own' is taken by another skeleton; choose a new name"):
        register_layout(replace(own, center=1))
    with pytest.raises(ValueError, match="'sbu' is taken"):
        register_layout(replace(own, name='sbu'))
