import pytest
import torch
from torch.nn import functional as F

from mamp_plugin.masking import cut_patches
from mamp_plugin.models.layers import PatchEmbed


@pytest.mark.parametrize('joint_patch', [1, 5])
def test_equals_the_convolution(joint_patch):
    embed, x = PatchEmbed(3, 16, 2, joint_patch), torch.randn(3, 8, 15, 3)
    conv = embed.proj
    expected = F.conv2d(x.permute(0, 3, 1, 2), conv.weight, conv.bias, conv.stride).permute(0, 2, 3, 1)
    torch.testing.assert_close(embed(cut_patches(x, 2, joint_patch)), expected)
