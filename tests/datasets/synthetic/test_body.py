"""Joints of the synthetic body in the layouts."""

import numpy as np
import pytest

from mamp_plugin.datasets.synthetic.body import OFFSETS, forward_kinematics, joint_weights, pose
from mamp_plugin.skeletons import LAYOUTS

BODY = forward_kinematics(pose()[None], OFFSETS)[..., 0]  # x to the left, y up, z forwards


@pytest.mark.parametrize('name', [name for name in LAYOUTS if name not in ('coco_wholebody', 'coco_wholebody_hands')])
def test_a_standing_body_is_symmetric(name):
    layout = LAYOUTS[name]
    weights = joint_weights(layout.joints)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    x, y, z = BODY @ weights.T
    mirror = list(layout.mirror)
    np.testing.assert_allclose(x[mirror], -x, atol=1e-6)
    np.testing.assert_allclose((y[mirror], z[mirror]), (y, z), atol=1e-6)
    sides = np.array([joint.startswith('left_') for joint in layout.joints])
    assert (x[sides] > 0).all()


def test_derived_joints_lie_where_their_names_say():
    names = ['spine_1', 'spine_2', 'chest', 'neck', 'left_mouth', 'nose', 'left_ankle', 'left_heel', 'left_toe']
    names += ['left_big_toe', 'left_small_toe', 'left_index', 'left_pinky', 'left_collar', 'left_eye_inner', 'left_eye']
    at = dict(zip(names, (joint_weights(names) @ BODY.T).tolist()))
    heights = [at[name][1] for name in ('spine_1', 'spine_2', 'chest', 'neck', 'left_mouth', 'nose')]
    assert heights == sorted(heights)
    assert at['left_heel'][2] < at['left_ankle'][2] < at['left_small_toe'][2] < at['left_toe'][2]
    assert at['left_heel'][1] < at['left_ankle'][1]
    assert at['left_big_toe'][0] < at['left_small_toe'][0]
    assert at['left_pinky'][2] < at['left_index'][2]  # the palm faces the body
    assert 0 < at['left_eye_inner'][0] < at['left_eye'][0] and at['left_collar'][0] > 0
