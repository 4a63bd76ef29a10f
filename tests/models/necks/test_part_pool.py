"""PartPool against loops over segments and joints."""

import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.skeletons import get_layout


def build(**kwargs):
    return MODELS.build(dict(dict(type='PartPool', in_channels=6, layout='nturgb+d'), **kwargs))


@pytest.mark.parametrize(('segments', 'bounds'), [(1, [(0, 6)]), (3, [(0, 2), (2, 4), (4, 6)]), (4, None)])
@pytest.mark.parametrize('joint_patch', [1, 5])
def test_equals_loops(segments, bounds, joint_patch):
    pool, features = build(segments=segments, joint_patch=joint_patch), torch.randn(2, 3, 6, 6, 25 // joint_patch)
    features[:, 1] = 0  # absent persons count
    expected = []
    for start, end in bounds or [(0, 2), (1, 3), (3, 5), (4, 6)]:
        for joints in get_layout('nturgb+d').parts.values():
            of_joints = [features[:, :, :, start:end, joint // joint_patch] for joint in joints]
            expected.append(torch.stack(of_joints).mean(dim=(0, 2, 4)))
    torch.testing.assert_close(pool(features), torch.cat(expected, dim=1))
    assert pool.out_channels == segments * 5 * 6
    assert not pool.state_dict()


def test_one_part_and_segment_is_the_mean(monkeypatch):
    """A layout without limbs has one part."""
    layout = get_layout('sbu')
    monkeypatch.setitem(vars(layout), 'parts', dict(trunk=tuple(range(15)), left_arm=()))
    features = torch.randn(2, 2, 6, 4, 15)
    torch.testing.assert_close(build(layout='sbu', segments=1)(features), features.mean(dim=(1, 3, 4)))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(segments=0), 'segments must be at least 1, got 0'),
        (dict(joint_patch=2), 'joint_patch=2 does not divide the 25 joints'),
        (dict(joint_patch=None), 'the backbone merges all joints; use the mean'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 2, 6, 4, 15), r"built for 6 channels and 25 joints .* \(now 'nturgb\+d'\)"),
        ((1, 2, 8, 4, 25), r'got features \(1, 2, 8, 4, 25\)'),
        ((1, 2, 6, 3, 25), '3 steps in time cannot be cut into 4 segments; lower segments'),
    ],
)
def test_wrong_features(shape, message):
    with pytest.raises(ValueError, match=message):
        build()(torch.randn(shape))
