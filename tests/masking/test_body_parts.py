"""Body-part masking."""

import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.masking import MaskDraw, hidden_joints
from mamp_plugin.skeletons import LAYOUTS


def build(**kwargs):
    return MODELS.build(dict(dict(type='BodyPartMasking', layout='sbu'), **kwargs))


@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize(('given', 'persons'), [((0,), {0}), ((-1, 0), {2, 0})])
def test_hides_the_parts_of_the_draw(layout, given, persons):
    masking, parts = build(layout=layout, num_clips=4, num_parts=2, persons=given), LAYOUTS[layout].parts
    draw = masking.draw()
    hidden = masking(draw, 12, 3)
    assert hidden.shape == (3, 12, LAYOUTS[layout].num_joints)
    assert set(hidden.flatten(1).any(dim=1).nonzero().flatten().tolist()) == persons
    for person in persons:
        assert torch.equal(hidden[person], hidden_joints(LAYOUTS[layout], draw.parts, 12))
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


def test_draw_hides_the_parts_of_the_lowest_noise():
    masking = build(num_clips=2, num_parts=2)
    noise = torch.tensor([[0.5, 0.1, 0.9, 0.2, 0.7], [0.0, 0.8, 0.3, 0.6, 0.4]])
    assert masking.draw(noise).parts == (('left_arm', 'left_leg'), ('trunk', 'right_arm'))


def test_noise_of_a_permutation_gives_the_draw_of_the_permutation():
    """The model draws permutations, the pipeline noise: the ranks of one are the other."""
    masking = build()
    torch.manual_seed(3)
    ranks = torch.stack([torch.randperm(5).argsort() for _ in range(8)])
    torch.manual_seed(3)
    assert masking.draw() == masking.draw(ranks / 5)


def test_wrong_settings():
    with pytest.raises(ValueError, match='num_parts must lie between 1 and 5, got 6'):
        build(num_parts=6)
    with pytest.raises(ValueError, match='num_clips must be at least 1, got 0'):
        build(num_clips=0)
    with pytest.raises(ValueError, match='persons must name at least one person'):
        build(persons=())
    with pytest.raises(ValueError, match=r'noise of BodyPartMasking must have shape \(8, 5\), got \(5, 8\)'):
        build().draw(torch.rand(5, 8))
    with pytest.raises(ValueError, match='12 frames cannot be cut into num_clips=8 clips'):
        build()(build().draw(), 12, 1)
    with pytest.raises(ValueError, match=r'has 1 persons, but the masking has persons=\(1,\)'):
        build(persons=[1])(build().draw(), 16, 1)


def test_repr():
    assert repr(build(num_clips=4)) == "BodyPartMasking(layout='sbu', num_clips=4, num_parts=3, persons=(0,))"
