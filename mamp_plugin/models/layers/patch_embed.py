"""Patch embedding."""

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F


class PatchEmbed(BaseModule):
    """Linear embedding of patches of frames and joints.

    The weights are those of a convolution whose stride equals its kernel. They are applied as a linear layer, so that
    only visible patches need to be embedded.

    Args:
        in_channels (int): Coordinates per joint.
        embed_dims (int): Channels of a token.
        temporal_patch (int): Frames per patch.
        joint_patch (int): Joints per patch. Defaults to 1.
    """

    def __init__(self, in_channels: int, embed_dims: int, temporal_patch: int, joint_patch: int = 1) -> None:
        super().__init__()
        size = (temporal_patch, joint_patch)
        self.proj = nn.Conv2d(in_channels, embed_dims, kernel_size=size, stride=size)

    def forward(self, patches: Tensor) -> Tensor:
        """Embed patches.

        Args:
            patches (Tensor): Raw values in the order (frame, joint, coordinate), ``(..., values)``.

        Returns:
            Tensor: Tokens, ``(..., D)``.
        """
        weight = self.proj.weight.permute(0, 2, 3, 1).flatten(1)
        return F.linear(patches, weight, self.proj.bias)
