"""Attention rolled out over joints and time."""

import pytest
import torch

from mamp_plugin.models.backbones import SkeletonSTGCN, SkeletonTransformer
from mamp_plugin.visualization.attention import attention_figure, attention_rollout

pytest.importorskip('matplotlib')


@pytest.fixture()
def backbone():
    torch.manual_seed(0)
    return SkeletonTransformer('nturgb+d', 8, embed_dims=8, depth=2, num_heads=2, temporal_patch=4).eval()


def test_rollout_is_the_product_of_the_blocks(backbone):
    persons = torch.randn(2, 8, 25, 3)
    tokens = backbone.patch_embed(backbone.cut(persons).flatten(1, 2)) + backbone.positions(None, num_joints=25)
    expected = torch.eye(50)
    for block in backbone.blocks:
        qkv = block.attn.qkv(block.norm1(tokens)).view(2, 50, 3, 2, 4)
        products = torch.einsum('bqhd,bkhd->bhqk', qkv[:, :, 0], qkv[:, :, 1]) / 2
        expected = (products.softmax(dim=-1).mean(dim=1) + torch.eye(50)) / 2 @ expected
        tokens = block(tokens)
    shares = attention_rollout(backbone, persons)
    torch.testing.assert_close(shares, 50 * expected.mean(dim=1).view(2, 2, 25))
    torch.testing.assert_close(shares.mean(dim=(1, 2)), torch.ones(2))
    assert not backbone.blocks[0].attn._forward_hooks


def test_figure_has_frames_a_grid_and_its_scale(backbone):
    clip = torch.randn(2, 8, 25, 3)
    clip[1] = 0  # nobody
    figure = attention_figure(backbone, clip, 'nturgb+d', num_frames=3)
    assert len(figure.axes) == 3 + 2
    shares = attention_rollout(backbone, clip[:1])[0]
    image = figure.axes[3].images[0].get_array()
    assert image.shape == (25, 2) and float(image.max()) == pytest.approx(shares.max().item())


def test_what_has_no_attention_is_refused(backbone):
    with pytest.raises(TypeError, match='attention is drawn of a SkeletonTransformer, got a SkeletonSTGCN; give a'):
        attention_figure(SkeletonSTGCN(dict(layout='nturgb+d')), torch.randn(1, 8, 25, 3), 'nturgb+d')
    with pytest.raises(ValueError, match='the sample is empty'):
        attention_figure(backbone, torch.zeros(1, 8, 25, 3), 'nturgb+d')
