import pytest
import torch
from torch.nn import functional as F

from mamp_plugin.models.layers import AttentionBlock, SelfAttention


def attend(attention, x):
    """Softmax attention written out head by head."""
    heads = []
    for head in range(attention.num_heads):
        width = x.size(2) // attention.num_heads
        query, key, value = (
            chunk[..., head * width : (head + 1) * width] for chunk in attention.qkv(x).chunk(3, dim=2)
        )
        heads.append((query @ key.transpose(1, 2) / width**0.5).softmax(dim=2) @ value)
    return attention.proj(torch.cat(heads, dim=2))


def test_block_equals_the_textbook():
    block, x = AttentionBlock(12, 3, mlp_ratio=2.0), torch.randn(2, 5, 12)
    expected = x + attend(block.attn, block.norm1(x))
    hidden = F.gelu(block.mlp.fc1(block.norm2(expected)))
    assert hidden.size(2) == 24
    torch.testing.assert_close(block(x), expected + block.mlp.fc2(hidden))


def test_without_qkv_bias():
    assert SelfAttention(8, 2, qkv_bias=False).qkv.bias is None


def test_stochastic_depth_drops_branches_in_training_only():
    block, x = AttentionBlock(8, 2, drop_path_rate=0.5), torch.randn(64, 3, 8)
    unchanged = (block(x) == x).flatten(1).all(dim=1)
    assert 4 <= unchanged.sum() <= 32  # both branches are dropped for a quarter of the samples
    assert not (block.eval()(x) == x).flatten(1).all(dim=1).any()


def test_heads_that_do_not_divide_the_channels():
    with pytest.raises(ValueError, match='embed_dims=16 is not divisible by num_heads=3'):
        SelfAttention(16, 3)
