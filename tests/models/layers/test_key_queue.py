import pytest
import torch

from mamp_plugin.models.layers import KeyQueue


def numbered(first, count):
    """Distinguishable keys."""
    return torch.arange(first, first + count, dtype=torch.float32).unsqueeze(1).expand(-1, 4)


def test_initial_keys_are_random_unit_vectors():
    queue = KeyQueue(4, 100)()
    assert queue.shape == (4, 100)
    torch.testing.assert_close(queue.norm(dim=0), torch.ones(100))
    assert queue.std() > 0.3


@pytest.mark.parametrize('sizes', [[4, 4, 4], [3, 3, 3, 3], [7, 1, 6], [10], [13, 2], [25, 4, 31]])
def test_always_holds_the_last_keys(sizes):
    """For batch sizes that divide the queue or not, smaller or larger than it."""
    queue, oracle, pointer, pushed = KeyQueue(4, 10), [None] * 10, 0, 0
    queue.queue.zero_()
    for size in sizes:
        queue.push(numbered(pushed, size))
        for key in range(pushed, pushed + size):
            oracle[pointer] = key
            pointer = (pointer + 1) % 10
        pushed += size
        expected = torch.tensor([0.0 if key is None else key for key in oracle])
        assert torch.equal(queue(), expected.expand(4, -1))
        assert queue.queue_ptr.tolist() == [pointer]


def test_push_before_the_backward_pass():
    queue, x = KeyQueue(4, 10), torch.randn(2, 4, requires_grad=True)
    before = queue.queue.clone()
    product = x @ queue()
    queue.push(numbered(0, 3))
    product.sum().backward()
    torch.testing.assert_close(x.grad, before.sum(dim=1).expand(2, -1))


def test_state_dict():
    queue, other = KeyQueue(4, 10), KeyQueue(4, 10)
    queue.push(numbered(0, 7))
    other.load_state_dict(queue.state_dict())
    for each in (queue, other):
        each.push(numbered(7, 5))
    assert torch.equal(queue(), other())
    assert other.queue_ptr.tolist() == [2]


def test_wrong_size():
    with pytest.raises(ValueError, match='queue_size must be at least 1, got 0'):
        KeyQueue(4, 0)
