import pytest
import torch
from torch import nn

from mamp_plugin.models.layers import SequenceGRU


def build(dtype=torch.float32):
    ours, theirs = SequenceGRU(6, 5), nn.GRU(6, 5)
    theirs.load_state_dict(ours.state_dict())
    return ours.to(dtype), theirs.to(dtype)


@pytest.mark.parametrize(('frames', 'samples'), [(1, 3), (9, 1), (9, 4)])
def test_output_and_gradients_are_those_of_a_gru(frames, samples):
    ours, theirs = build()
    x, weights = torch.randn(frames, samples, 6), torch.randn(frames, samples, 5)
    results = []
    for gru in (ours, theirs):
        leaf = x.clone().requires_grad_()
        output = gru(leaf) if gru is ours else gru(leaf)[0]
        (output * weights).sum().backward()
        results.append((output, leaf.grad, {name: parameter.grad for name, parameter in gru.named_parameters()}))
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-6)


def test_gradients_are_slopes():
    gru = build(torch.float64)[0]
    x = torch.randn(5, 2, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gru, (x,))


def test_input_that_needs_no_gradient():
    ours, theirs = build()
    x = torch.randn(9, 4, 6)
    ours(x)[-1].sum().backward()
    theirs(x)[0][-1].sum().backward()
    torch.testing.assert_close(ours.weight_hh_l0.grad, theirs.weight_hh_l0.grad)


def test_without_learning_nothing_is_kept():
    ours, theirs = build()
    x = torch.randn(9, 4, 6)
    with torch.no_grad():
        assert ours(x).grad_fn is None
    ours.requires_grad_(False)
    assert not ours(x).requires_grad
    torch.testing.assert_close(ours(x), theirs(x)[0])


def test_half_precision():
    ours, theirs = build()
    x = torch.randn(9, 4, 6)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(ours(x), theirs(x)[0])
