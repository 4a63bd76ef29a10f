"""Positions of joints from their names, against sums over words."""

from dataclasses import replace

import pytest
import torch

from mamp_plugin.models.layers import JointNames
from mamp_plugin.skeletons import LAYOUTS, get_layout, register_layout
from mamp_plugin.skeletons.words import WORDS


def draw(layouts):
    module = JointNames(layouts, 16)
    module.words.data = torch.randn(len(WORDS), 16)
    return module


def test_sum_of_words():
    module = draw(('nturgb+d', 'sbu'))
    positions = module(15)
    assert positions.shape == (1, 1, 15, 16) and module(25).shape == (1, 1, 25, 16)
    side, part, joint = (dict() for _ in range(3))
    for (kind, word), row in WORDS.items():
        dict(side=side, part=part, joint=joint)[kind][word] = module.words[row]
    sbu = dict(zip(get_layout('sbu').joints, positions[0, 0]))
    torch.testing.assert_close(sbu['left_hand'], side['left'] + part['arm'] + joint['hand'])
    torch.testing.assert_close(sbu['right_foot'], side['right'] + part['leg'] + joint['foot'])
    torch.testing.assert_close(sbu['neck'], side['middle'] + part['trunk'] + joint['neck'])
    ntu = dict(zip(get_layout('nturgb+d').joints, module(25)[0, 0]))
    torch.testing.assert_close(ntu['right_hand_tip'], side['right'] + part['arm'] + joint['hand'] + joint['tip'])
    torch.testing.assert_close(ntu['hip_center'], side['middle'] + part['trunk'] + joint['hip'] + joint['center'])


def test_joints_of_one_name_have_one_position_in_all_layouts():
    module = draw(('nturgb+d', 'kinect_v1', 'sbu', 'coco', 'openpose'))
    found = {}
    for layout in map(get_layout, ('nturgb+d', 'kinect_v1', 'sbu', 'coco', 'openpose')):
        for joint, position in zip(layout.joints, module(layout.num_joints)[0, 0]):
            assert torch.equal(found.setdefault(joint, position), position)


def test_weights_are_those_of_any_layout():
    source, other = draw(('nturgb+d', 'sbu')), JointNames(('coco', 'sbu'), 16)
    assert list(source.state_dict()) == ['words']
    other.load_state_dict(source.state_dict())
    assert torch.equal(other(15), source(15))


def test_autocast_does_not_round():
    module = draw(('sbu',))
    expected = module(15)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(module(15), expected)


def test_layouts_of_the_same_number_of_joints(monkeypatch):
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())
    register_layout(replace(LAYOUTS['sbu'], name='own'))
    with pytest.raises(ValueError, match="layouts 'sbu' and 'own' both have 15 joints, so a sequence does not tell"):
        JointNames(('sbu', 'own'), 16)
