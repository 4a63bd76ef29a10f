"""Registry of skeleton layouts."""

import copy
import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from mmaction.models.utils import Graph

from mamp_plugin.skeletons import LAYOUTS, fitting_layouts, get_layout, portable_layout, register_layout, registry

COUNTS = {
    **{'nturgb+d': 25, 'kinect_v1': 20, 'sbu': 15, 'azure_kinect': 32, 'coco': 17, 'halpe26': 26},
    **{'coco_wholebody': 133, 'coco_wholebody_feet': 23, 'coco_wholebody_hands': 59, 'openpose': 18, 'body_25': 25},
    **{'mediapipe': 33, 'h36m': 17, 'smpl': 24, 'smpl22': 22},
}
#: A layout of a user.
OWN = dict(
    name='own',
    joints=['pelvis', 'neck', 'left_hand', 'right_hand', 'left_foot', 'right_foot'],
    parents=['pelvis', 'pelvis', 'neck', 'neck', 'pelvis', 'pelvis'],
    center='pelvis',
    spine=['pelvis', 'neck'],
    shoulders=['left_hand', 'right_hand'],
)


@pytest.fixture(autouse=True)
def table(monkeypatch):
    """Table of layouts for one test."""
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())


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


@pytest.mark.parametrize('name', ['ntu', None, ['nturgb+d'], 7])
def test_an_unknown_layout_lists_the_known_ones(name):
    with pytest.raises(KeyError, match='known layouts: nturgb.d, kinect_v1, sbu, azure_kinect'):
        get_layout(name)


def test_a_layout_of_ones_own():
    own = replace(LAYOUTS['sbu'], name='own', center=0)
    assert register_layout(own) is own is get_layout('own')
    assert register_layout(replace(own)) is own
    with pytest.raises(ValueError, match="skeleton layout 'own' is taken by another skeleton; choose a new name"):
        register_layout(replace(own, center=1))
    with pytest.raises(ValueError, match="'sbu' is taken"):
        register_layout(replace(own, name='sbu'))


def test_a_dict_registers_itself():
    with pytest.raises(KeyError, match="'own'"):
        get_layout('own')
    own = get_layout(OWN)
    assert own is get_layout('own') is get_layout(OWN) is get_layout(own)
    assert own.parts['left_leg'] == (4,) and own.center == 0


def test_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'own.json').write_text(json.dumps(OWN))
    own = get_layout('own.json')
    assert own is get_layout('own') is get_layout(OWN)
    with pytest.raises(ValueError, match='^layout file other.json cannot be read: No such file or directory; check'):
        get_layout('other.json')


def test_configs_carry_layouts_of_the_user():
    own = get_layout(OWN)
    carried = portable_layout(own)
    assert carried == {**OWN, 'spine': [['pelvis'], ['neck']], 'shoulders': [['left_hand'], ['right_hand']], 'dims': 3}
    assert portable_layout('own') == carried and portable_layout(carried) == carried
    registry.LAYOUTS.clear()
    assert get_layout(json.loads(json.dumps(carried))) == own
    assert portable_layout(LAYOUTS['coco']) == 'coco'


def test_a_pickle_brings_its_layout():
    """A spawned worker knows the layout of the data set that it receives."""
    own = get_layout(OWN)
    pickled = pickle.dumps(own)
    assert copy.deepcopy(own) is pickle.loads(pickled) is own
    registry.LAYOUTS.clear()
    assert pickle.loads(pickled) == own and 'own' in registry.LAYOUTS


def test_layouts_that_data_may_have():
    assert fitting_layouts(25) == fitting_layouts(25, 3) == ['nturgb+d', 'body_25']  # x, y, z or x, y and a score
    assert fitting_layouts(25, 2) == ['body_25']
    assert fitting_layouts(17, 3) == ['coco', 'h36m']
    assert fitting_layouts(7) == []
    get_layout(OWN)
    assert fitting_layouts(6) == ['own']


def test_the_page_lists_every_layout_and_its_example_works():
    page = (Path(__file__).parents[2] / 'docs/data/layouts.md').read_text(encoding='utf-8')
    rows = [
        [cell.strip(' `') for cell in line.split('|')[1:-1]] for line in page.splitlines() if line.startswith('| `')
    ]
    listed = {row[0]: (int(row[1]), int(row[2]), *row[4:]) for row in rows if row[1].isdigit()}
    assert listed == {
        name: (layout.num_joints, layout.dims, layout.joints[layout.root], layout.joints[layout.center])
        for name, layout in LAYOUTS.items()
    }
    example = register_layout(json.loads(page.partition('```json')[2].partition('```')[0]))
    assert example.name == 'stick_figure' and example.parts['left_leg'] == (4, 6)
