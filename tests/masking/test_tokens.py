"""Token masking."""

import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.masking import (
    MotionAwareMasking,
    RandomMasking,
    TubeMasking,
    cut_patches,
    gumbel,
    hidden_tokens,
    keep_lowest,
    motion_intensity,
    motion_log_odds,
    num_kept_tokens,
)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_cut_patches_order_of_values():
    x = torch.arange(2 * 6 * 4 * 3).reshape(2, 6, 4, 3)
    patches = cut_patches(x, 3, 2)
    assert patches.shape == (2, 2, 2, 18)
    for t in range(2):
        for v in range(2):
            expected = x[:, 3 * t : 3 * t + 3, 2 * v : 2 * v + 2].flatten(1)
            assert torch.equal(patches[:, t, v], expected)


def test_intensity_is_the_mean_change_and_the_first_row_borrows_the_second():
    patches = torch.randn(2, 4, 5, 6)
    intensity = motion_intensity(patches)
    for t in range(1, 4):
        torch.testing.assert_close(intensity[:, t], (patches[:, t] - patches[:, t - 1]).abs().mean(-1))
    assert torch.equal(intensity[:, 0], intensity[:, 1])


def test_a_lone_patch_is_still():
    assert not motion_intensity(torch.randn(2, 1, 5, 6)).any()


def test_log_odds_are_those_of_a_softmax_over_all_tokens():
    intensity = torch.rand(2, 3, 4)
    peak = intensity.flatten(1).max(1).values
    expected = torch.softmax(intensity.flatten(1) / (peak[:, None] * 0.5 + 1e-10), dim=1)
    torch.testing.assert_close(motion_log_odds(intensity, 0.5).exp(), expected)


def test_where_nothing_moves_all_tokens_are_alike():
    odds = motion_log_odds(torch.zeros(2, 3, 4), 0.8)
    torch.testing.assert_close(odds.exp(), torch.full((2, 12), 1 / 12))


def test_gumbel_survives_the_ends_of_uniform_noise():
    assert gumbel(torch.tensor([0.0, 0.5, 1.0])).isfinite().all()


@pytest.mark.parametrize(('num_tokens', 'ratio', 'kept'), [(750, 0.9, 74), (150, 0.9, 14), (160, 0.8, 31), (10, 0, 10)])
def test_number_of_kept_tokens_is_truncated_in_floating_point(num_tokens, ratio, kept):
    assert num_kept_tokens(num_tokens, ratio) == kept
    assert keep_lowest(torch.rand(1, num_tokens), ratio).shape == (1, kept)


def test_kept_tokens_come_in_the_order_of_a_full_sort():
    scores = torch.randperm(3 * 750).reshape(3, 750).float()
    assert torch.equal(keep_lowest(scores, 0.9), scores.argsort(dim=1)[:, :74])


def test_hidden_tokens_are_those_not_kept():
    hidden = hidden_tokens(torch.tensor([[2, 0], [1, 3]]), 4)
    assert hidden.tolist() == [[False, True, False, True], [True, False, True, False]]


def test_moving_tokens_are_hidden_more_often():
    """With tau 0.2 the one moving joint of four is e^5 times as likely to be drawn first."""
    patches = torch.zeros(500, 6, 4, 3)
    patches[:, :, 1] = torch.arange(6.0)[:, None]
    hidden = hidden_tokens(MotionAwareMasking(0.5, tau=0.2)(patches), 24).unflatten(1, (6, 4)).float().mean((0, 1))
    assert hidden[1] > 0.9
    assert hidden[[0, 2, 3]].max() < 0.5


def test_random_masking_ranks_by_its_noise_alone():
    noise = torch.rand(2, 24)
    assert torch.equal(RandomMasking(0.5)(torch.randn(2, 6, 4, 3), noise), noise.argsort(dim=1)[:, :12])


@pytest.mark.parametrize('kind', ['RandomMasking', 'MotionAwareMasking', 'TubeMasking'])
class TestEveryMasking:
    def test_persons_get_masks_of_their_own(self, kind):
        ids_keep = MODELS.build(dict(type=kind, ratio=0.5))(torch.randn(2, 6, 10, 3))
        assert ids_keep.shape == (2, 30)
        assert not torch.equal(ids_keep[0].sort().values, ids_keep[1].sort().values)

    def test_draws_what_it_would_from_given_noise(self, kind):
        masking, patches = MODELS.build(dict(type=kind, ratio=0.5)), torch.randn(2, 6, 10, 3)
        torch.manual_seed(5)
        drawn = masking(patches)
        torch.manual_seed(5)
        assert torch.equal(masking(patches, torch.rand(masking.noise_shape(patches))), drawn)

    def test_a_range_of_ratios_is_drawn_from_per_batch(self, kind):
        masking, patches = MODELS.build(dict(type=kind, ratio=[0.4, 0.9])), torch.randn(2, 6, 10, 3)
        kept = [masking(patches).size(1) for _ in range(50)]
        assert min(kept) >= 6 and max(kept) <= 36 and max(kept) - min(kept) > 15

    def test_noise_of_another_shape(self, kind):
        with pytest.raises(ValueError, match=rf'noise of {kind} must have shape .*, got \(2, 59\)'):
            MODELS.build(dict(type=kind))(torch.randn(2, 6, 10, 3), torch.rand(2, 59))


@pytest.mark.parametrize(('ratio', 'kept'), [(0.9, 2), (0.5, 12), (0, 25)])
def test_tubes_keep_the_joints_of_the_lowest_noise_in_all_patches(ratio, kept):
    noise = torch.rand(3, 25)
    ids_keep = TubeMasking(ratio)(torch.randn(3, 4, 25, 6), noise)
    visible = ~hidden_tokens(ids_keep, 100).unflatten(1, (4, 25))
    lowest = noise < noise.sort().values[:, kept : kept + 1] if kept < 25 else noise < 1
    assert torch.equal(visible, lowest.unsqueeze(1).expand(3, 4, 25))
    assert ids_keep.shape == (3, 4 * kept)


def test_errors():
    for ratio in (1.0, -0.1, (0.5, 1.0), (0.9, 0.4), (0.4, 0.5, 0.6)):
        with pytest.raises(ValueError, match='ratio must lie in'):
            RandomMasking(ratio)
    with pytest.raises(ValueError, match='use RandomMasking'):
        MotionAwareMasking(tau=0)
    with pytest.raises(ValueError, match='none of 5 tokens visible'):
        keep_lowest(torch.rand(1, 5), 0.9)
    with pytest.raises(ValueError, match='12 frames and 6 joints cannot be cut into patches of 4 frames and 4 joints'):
        cut_patches(torch.rand(1, 12, 6, 3), 4, 4)


def test_repr():
    assert repr(TubeMasking(0.8)) == 'TubeMasking(ratio=0.8)'
    assert repr(MotionAwareMasking()) == 'MotionAwareMasking(ratio=0.9, tau=0.8)'
