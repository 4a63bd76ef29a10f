"""Readout of features by time segments and body parts."""

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F

from mamp_plugin.skeletons import LayoutLike, get_layout


@MODELS.register_module()
class PartPool(BaseModule):
    """Mean over persons, and over each time segment and each body part of the layout.

    Unlike the mean over all tokens, it keeps where and when something happens. Absent persons are included in the mean,
    as in the mean of the published linear protocol. Neighboring segments share a step where their number does not
    divide the number of steps. With patches of several joints, each joint has the feature of its patch, so a patch
    counts for a body part by its number of joints there.

    ::

        >>> PartPool(64, 'nturgb+d', segments=4)(torch.randn(8, 2, 64, 30, 25)).shape
        torch.Size([8, 1280])

    Args:
        in_channels (int): Channels of a feature, ``D``.
        layout (str or dict): Skeleton layout of the backbone: name, dict or JSON file.
        segments (int): Number of time segments, ``S``. Defaults to 4.
        joint_patch (int): Joints per patch of the backbone. Defaults to 1.
    """

    weights: Tensor

    def __init__(self, in_channels: int, layout: LayoutLike, segments: int = 4, joint_patch: int = 1) -> None:
        super().__init__()
        skeleton = get_layout(layout)
        num_joints = skeleton.num_joints
        if segments < 1:
            raise ValueError(f'segments must be at least 1, got {segments}')
        if joint_patch is None:
            raise ValueError('PartPool needs features of joints, but the backbone merges all joints; use the mean')
        if num_joints % joint_patch:
            raise ValueError(f'joint_patch={joint_patch} does not divide the {num_joints} joints of {skeleton.name!r}')
        parts = [joints for joints in skeleton.parts.values() if joints]
        self.layout = skeleton.name
        self.segments = segments
        self.in_channels = in_channels
        self.out_channels = segments * len(parts) * in_channels
        weights = torch.zeros(len(parts), num_joints)
        for row, joints in zip(weights, parts):
            row[list(joints)] = 1 / len(joints)
        # computed from the layout, so no part of a checkpoint
        self.register_buffer('weights', weights.unflatten(1, (-1, joint_patch)).sum(dim=2), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Pool features.

        Args:
            features (Tensor): Features of a backbone, ``(N, M, D, T', V')``.

        Returns:
            Tensor: One feature per sample, ``(N, S * parts * D)``.
        """
        channels, steps, joints = features.shape[2:]
        if (channels, joints) != (self.in_channels, self.weights.size(1)):
            raise ValueError(
                f'PartPool is built for {self.in_channels} channels and {self.weights.size(1)} joints or patches of '
                f"joints, got features {tuple(features.shape)} as (N, M, D, T', V'); set in_channels, layout (now "
                f'{self.layout!r}) and joint_patch as for the backbone'
            )
        if steps < self.segments:
            raise ValueError(
                f'{steps} steps in time cannot be cut into {self.segments} segments; lower segments of PartPool'
            )
        x = F.adaptive_avg_pool2d(features.mean(dim=1), (self.segments, joints))
        return torch.einsum('ndsv,pv->nspd', x, self.weights.to(x.dtype)).flatten(1)
