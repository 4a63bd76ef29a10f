import pytest
import torch

from mamp_plugin.models.layers import GridTransformer, resize_time_table


def build(**kwargs):
    torch.manual_seed(0)
    transformer = GridTransformer(**dict(dict(grid_size=(3, 4), embed_dims=16, depth=2, num_heads=2), **kwargs))
    transformer.init_weights()
    return transformer


def test_positions_are_the_sum_of_time_and_joint():
    transformer, ids = build(), torch.tensor([[0, 5], [11, 2]])
    positions = transformer.positions()
    torch.testing.assert_close(positions[5], transformer.time_table[0, 1, 0] + transformer.joint_table[0, 0, 1])
    assert torch.equal(transformer.positions(ids), positions[ids])


def test_time_table_is_interpolated_bicubically():
    """Against the kernel written out: a = -0.75, half-pixel centers, borders repeated."""
    table = torch.randn(1, 5, 1, 3)

    def kernel(d):
        d, a = abs(d), -0.75
        if d <= 1:
            return (a + 2) * d**3 - (a + 3) * d**2 + 1
        return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0

    expected = torch.zeros(1, 7, 1, 3)
    for t in range(7):
        center = (t + 0.5) * 5 / 7 - 0.5
        for s in range(int(center // 1) - 1, int(center // 1) + 3):
            expected[0, t, 0] += kernel(center - s) * table[0, min(max(s, 0), 4), 0]
    torch.testing.assert_close(resize_time_table(table, 7), expected, rtol=1e-5, atol=1e-5)


def backward(transformer, x):
    """Gradients of one pass and the number of values stored for them."""
    sizes = []
    transformer.zero_grad()
    torch.manual_seed(1)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t):
        y = transformer.transform(x)
    y.square().sum().backward()
    gradients = {name: p.grad.clone() for name, p in transformer.named_parameters() if p.grad is not None}
    return gradients, sum(sizes)


def test_activation_checkpointing_has_the_same_gradients_and_stores_less():
    transformer, x = build(drop_path_rate=0.5), torch.randn(4, 12, 16, requires_grad=True)
    expected, stored = backward(transformer, x)
    transformer.with_cp = True
    gradients, stored_with_cp = backward(transformer, x)
    assert len(expected) > 20
    torch.testing.assert_close(gradients, expected)
    assert stored_with_cp < stored / 4


def test_wrong_stochastic_depth():
    with pytest.raises(ValueError, match=r'drop_path_rate must lie in \[0, 1\), got 1.0'):
        build(drop_path_rate=1.0)
