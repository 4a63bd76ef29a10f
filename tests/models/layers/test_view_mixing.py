from collections import Counter

import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.models.layers import MixDraw, partners
from mamp_plugin.skeletons import LAYOUTS, get_layout


def build(**kwargs):
    return MODELS.build(dict(dict(type='ViewMixing', layout='sbu', block_frames=2, span=(3, 6)), **kwargs))


def by_hand(view, draw, layout, block_frames=2):
    """Mix value by value."""
    parts = {joint for part in draw.parts for joint in get_layout(layout).parts[part]}
    samples, persons, frames, joints, _ = view.shape
    mixed = view.clone()
    length, start = draw.span * block_frames, draw.start * block_frames
    for sample in range(samples):
        partner = view[(sample + draw.shift) % samples]
        for frame in range(length):
            source = frame + start if draw.mode == 'cut' else int(frame * min(2 * length, frames) / length)
            for joint in parts:
                mixed[sample, :, start + frame, joint] = partner[:, source, joint]
    return mixed, draw.span * len(parts) / (frames // block_frames * joints)


@pytest.mark.parametrize('mode', ['cut', 'resize'])
@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize(('span', 'start'), [(3, 0), (5, 2), (6, 4)])
def test_replaces_body_parts_for_a_span(mode, layout, span, start):
    view = torch.randn(4, 2, 20, LAYOUTS[layout].num_joints, 3)
    draw = MixDraw(mode, 3, ('left_arm', 'trunk'), span, start)
    before = view.clone()
    mixed, share = build(layout=layout)(view, draw)
    expected, expected_share = by_hand(view, draw, layout)
    assert torch.equal(mixed, expected)
    assert share == pytest.approx(expected_share)
    assert torch.equal(view, before)


def test_mixup():
    view = torch.randn(4, 2, 20, 15, 3)
    mixed, share = build()(view, MixDraw('mixup', 1, ('trunk',), 3, 0, 0.3))
    assert share == 0.3
    torch.testing.assert_close(mixed, 0.7 * view + 0.3 * view[[1, 2, 3, 0]])


def test_draws():
    mixing = build(num_parts=(2, 3))
    draws = [mixing.draw(6, 20) for _ in range(2000)]
    modes = Counter(draw.mode for draw in draws)
    assert abs(modes['cut'] - 1000) < 100 and abs(modes['resize'] - 500) < 80
    assert {draw.shift for draw in draws} == {1, 2, 3, 4}
    assert {draw.span for draw in draws} == {3, 4, 5, 6}
    assert {len(set(draw.parts)) for draw in draws} == {2, 3}
    assert {draw.start for draw in draws} == set(range(8))
    assert max(draw.start + draw.span for draw in draws) == 10
    assert all((draw.share is None) != (draw.mode == 'mixup') for draw in draws)


@pytest.mark.parametrize(('samples', 'shift'), [(1, 0), (2, 1), (3, 1)])
def test_partners_in_small_batches(samples, shift):
    draw = build().draw(samples, 20)
    assert draw.shift == shift
    view = torch.randn(samples, 1, 20, 15, 3)
    mixed, _ = build()(view, draw._replace(mode='cut'))
    assert torch.equal(mixed, view) == (samples == 1)
    assert partners(torch.arange(samples), shift).tolist() == [(index + shift) % samples for index in range(samples)]


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(num_parts=(2, 6)), r'num_parts must be two numbers from 1 to 5, got \(2, 6\)'),
        (dict(span=(4, 3)), r'span must be .* got \(4, 3\)'),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


@pytest.mark.parametrize('frames', [19, 10])
def test_wrong_length(frames):
    with pytest.raises(ValueError, match=f'{frames} frames cannot be mixed in blocks of block_frames=2'):
        build().draw(4, frames)
