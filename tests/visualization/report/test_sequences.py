"""Sequences of the report's player."""

import base64

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.skeletons import get_layout
from mamp_plugin.visualization.report.sequences import Panel, describe_layout, hidden_panels, pack, view_panels


def unpack(panel):
    return np.frombuffer(base64.b64decode(panel['points']), '<i2').reshape(panel['shape'])


@pytest.mark.parametrize('name', ['nturgb+d', 'coco'])
def test_packed_panels_share_center_and_scale(name):
    layout = get_layout(name)
    first = np.random.default_rng(0).normal(5, 1, (1, 6, layout.num_joints, 3))
    first[0, 2, 3] = 0
    visible = np.random.default_rng(1).random((1, 6, layout.num_joints)) < 0.5
    one, two = pack([Panel('a', first), Panel('b', 2 * first[:, :5], visible)], layout)
    assert one['shape'] == two['shape'] == [1, 5, layout.num_joints, layout.dims] and one['visible'] is None
    points, doubled = unpack(one).astype(float), unpack(two).astype(float)
    assert (points[0, 2, 3] == -32768).all() and max(
        np.abs(points[points > -32768]).max(), np.abs(doubled[doubled > -32768]).max()
    ) == 32000
    bits = np.unpackbits(np.frombuffer(base64.b64decode(two['visible']), np.uint8))[: 5 * layout.num_joints]
    np.testing.assert_array_equal(bits.reshape(5, -1), visible[0, :5])
    steps = [np.diff(each[0, :, 0, 0]) for each in (points, doubled)]
    np.testing.assert_allclose(2 * steps[0], steps[1], atol=4)


def test_layouts_have_a_side_for_every_joint():
    layout = get_layout('coco')
    found = describe_layout(layout)
    assert (
        found['dims'] == 2
        and len(found['sides']) == layout.num_joints
        and set(found['sides']) == {'trunk', 'left', 'right'}
    )


def test_masked_pretrainers(load, shrink):
    clip = torch.randn(2, 24, 25, 3)
    mamp = MODELS.build(shrink(load('mamp_synthetic')).model).eval()
    panels = hidden_panels(mamp, clip)
    assert [panel.title for panel in panels] == ['true', 'encoder sees', 'predicted']
    assert panels[0].visible is None and not panels[1].visible.all()
    features = MODELS.build(shrink(load('mfp_synthetic')).model).eval()
    assert [panel.title for panel in hidden_panels(features, clip)] == ['true', 'encoder sees']


def test_views_of_contrastive_pretraining(load, shrink):
    model = MODELS.build(shrink(load('pcm3_synthetic')).model).eval()
    views = torch.randn(3, 1, 64, 25, 3)
    state = torch.get_rng_state()
    panels = view_panels(model, views)
    assert torch.equal(torch.get_rng_state(), state)
    assert [panel.title for panel in panels][2:] == ['view 3: encoder sees', 'view 3: predicted']
    hidden = ~panels[2].visible
    assert hidden.any() and len(panels[3].keypoint) == 1, 'absent persons are not predicted'
    np.testing.assert_array_equal(panels[3].keypoint[~hidden], views[2].numpy()[~hidden])
    assert (panels[3].keypoint[hidden] != views[2].numpy()[hidden]).any()
    assert [panel.title for panel in view_panels(torch.nn.Identity(), views[:2])] == ['view 1', 'view 2']
