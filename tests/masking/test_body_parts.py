import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.masking import MaskDraw
from mamp_plugin.skeletons import LAYOUTS


def build(**kwargs):
    return MODELS.build(dict(dict(type='BodyPartMasking', layout='sbu'), **kwargs))


@pytest.mark.parametrize('layout', list(LAYOUTS))
def test_hides_the_parts_of_the_draw(layout):
    masking, parts = build(layout=layout, num_clips=4, num_parts=2), LAYOUTS[layout].parts
    draw = masking.draw()
    hidden = masking(draw, 12, 3)
    assert hidden.shape == (3, 12, LAYOUTS[layout].num_joints)
    assert not hidden[1:].any()
    for frame in range(12):
        expected = {joint for part in draw.parts[frame // 3] for joint in parts[part]}
        assert set(hidden[0, frame].nonzero().flatten().tolist()) == expected


def test_draws_differ_and_use_every_part():
    masking = build(num_clips=200)
    draw = masking.draw()
    assert isinstance(draw, MaskDraw)
    assert {len(set(parts)) for parts in draw.parts} == {3}
    counts = [sum(name in parts for parts in draw.parts) for name in masking.layout.parts]
    assert all(90 < count < 150 for count in counts)
    torch.manual_seed(1)
    first = masking.draw()
    assert masking.draw() != first
    torch.manual_seed(1)
    assert masking.draw() == first


def test_wrong_settings():
    with pytest.raises(ValueError, match='num_parts must lie between 1 and 5, got 6'):
        build(num_parts=6)
    with pytest.raises(ValueError, match='12 frames cannot be cut into num_clips=8 clips'):
        build()(build().draw(), 12, 1)
