import pytest
import torch

from mamp_plugin.models.layers import NoPrompts, PromptsAfterNorm, PromptsBeforeNorm

SHAPE = (2, 15, 3)


def build(position='before_norm', **kwargs):
    if position == 'before_norm':
        prompts = PromptsBeforeNorm(SHAPE, 64, **dict(dict(task_dims=16), **kwargs))
    else:
        prompts = PromptsAfterNorm(SHAPE, 64, 20, **dict(dict(task_dims=16), **kwargs))
    prompts.init_weights()
    return prompts


def test_initial_prompts():
    for position in ('before_norm', 'after_norm'):
        assert all(parameter.std() > 0.05 for parameter in build(position).parameters())


def test_domain_prompt_is_in_the_order_joint_coordinate_person():
    prompts, view = build(), torch.randn(4, 2, 6, 15, 3)
    prompted = prompts.on_view(view, 'mask')
    expected = view.permute(0, 2, 3, 4, 1).flatten(2) + prompts.mask
    torch.testing.assert_close(prompted.permute(0, 2, 3, 4, 1).flatten(2), expected)
    assert prompts.on_norm('mask') is None


@pytest.mark.parametrize('offset', [0, 5, 23])
def test_task_prompt_has_a_half_in_each_half_of_the_channels(offset):
    prompts = build()
    added = prompts.on_summary(torch.zeros(3, 64), offset)
    expected = torch.zeros(3, 64)
    expected[:, offset : offset + 8] += prompts.cl[0, :8]
    expected[:, 32 + offset : 32 + offset + 8] += prompts.cl[0, 8:]
    assert torch.equal(added, expected)
    sequence = prompts.on_sequence(torch.zeros(3, 5, 64), offset)
    assert sequence[..., offset : offset + 8].eq(prompts.mp[0, :8]).all()


def test_offsets():
    prompts = build()
    draws = [offset for _ in range(100) for offset in prompts.draw()]
    assert (min(draws), max(draws)) == (0, 23)
    assert set(PromptsBeforeNorm(SHAPE, 16, 16).draw()) == {0}


def test_after_norm():
    prompts, view, sequence = build('after_norm'), torch.randn(4, 2, 6, 15, 3), torch.randn(4, 6, 64)
    assert prompts.on_view(view, 'mix') is view
    assert torch.equal(prompts.on_norm('mix'), prompts.mix.flatten())
    assert prompts.on_sequence(sequence, 3) is sequence
    assert prompts.on_decoder_norm().shape == (20,)
    assert torch.equal(prompts.on_summary(sequence[:, 0], 3)[:, :3], sequence[:, 0, :3])


def test_no_prompts():
    prompts, x = NoPrompts(), torch.randn(2, 3)
    assert prompts.on_view(x, 'base') is prompts.on_summary(x, 1) is prompts.on_sequence(x, 1) is x
    assert prompts.on_norm('base') is prompts.on_decoder_norm() is None
    assert not list(prompts.parameters())


@pytest.mark.parametrize('task_dims', [15, 66])
def test_wrong_task_dims(task_dims):
    with pytest.raises(ValueError, match=f'task_prompt_dims={task_dims} must be even'):
        build(task_dims=task_dims)
