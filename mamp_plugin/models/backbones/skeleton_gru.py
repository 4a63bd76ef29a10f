"""Encoder of PCM3: recurrent layers over whole skeletons."""

from typing import List, Optional, Sequence, Union

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule, ModuleList
from torch import Tensor, nn

from mamp_plugin.skeletons import LayoutLike, get_layout

from ..layers import CrossRankBatchNorm, XavierModule, pad_persons
from .base import SkeletonBackbone


class TwinGRU(BaseModule):
    """Two GRUs that read the same sequence in the same direction.

    The released implementation passes frames one by one to a bidirectional GRU and carries its states along, so that
    both of its directions run forward in time. Two GRUs over the whole sequence compute the same.

    Args:
        in_channels (int): Channels of the input.
        hidden_dims (int): Channels of each GRU's output, ``H``.
    """

    def __init__(self, in_channels: int, hidden_dims: int) -> None:
        super().__init__()
        self.first = nn.GRU(in_channels, hidden_dims)
        self.second = nn.GRU(in_channels, hidden_dims)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(T, B, in_channels)`` to ``(T, B, 2 H)``."""
        return torch.cat((self.first(x)[0], self.second(x)[0]), dim=2)


@MODELS.register_module()
class SkeletonGRU(SkeletonBackbone, XavierModule):
    """Recurrent encoder of PCM3 for sequences of any length.

    All persons of a frame form one vector. Like mmaction2's graph convolutions it returns features on a grid, here of
    one person and one joint; the feature of the last frame summarizes the sequence.

    Args:
        layout (str or dict): Skeleton layout: name, dict or JSON file.
        num_persons (int): Persons of a frame, ``M``. Absent ones are zeros. Defaults to 2.
        in_channels (int): Coordinates per joint. Defaults to 3.
        hidden_dims (int): Channels of one GRU, ``H``; a feature has twice as many. Defaults to 1024.
        num_layers (int): Number of layers, two GRUs each. Defaults to 3.
        last_frame_only (bool): Return the feature of the last frame alone from :meth:`forward`, as PCM3's linear
            evaluation needs it under heads that average over time. Defaults to False.
        frozen_stages (int): -1 for nothing, 0 for the input norm, i for the first i layers too. Defaults to -1.
        init_cfg (dict or list[dict], optional): Initialization beyond the default, for example
            ``dict(type='Pretrained', checkpoint=..., prefix='backbone.')``. Defaults to None.
    """

    kind = 'recurrent'
    accepts_prompts = True
    input_parts = ('input_norm',)
    layer_list = 'layers'
    joint_parameters = ('input_norm.*', 'layers.0.*.weight_ih_l0')
    patch_size = (1, None)
    num_persons: int

    def __init__(
        self,
        layout: LayoutLike,
        num_persons: int = 2,
        in_channels: int = 3,
        hidden_dims: int = 1024,
        num_layers: int = 3,
        last_frame_only: bool = False,
        frozen_stages: int = -1,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        skeleton = get_layout(layout)
        self.layout = skeleton.name
        self.num_persons = num_persons
        self.in_channels = in_channels
        self.embed_dims = self.out_channels = 2 * hidden_dims
        self.last_frame_only = last_frame_only
        values = num_persons * skeleton.num_joints * in_channels
        self.input_norm = CrossRankBatchNorm(values)
        widths = [values] + [self.out_channels] * (num_layers - 1)
        self.layers = ModuleList(TwinGRU(width, hidden_dims) for width in widths)
        self.freeze(frozen_stages)

    def forward(self, x: Tensor) -> Tensor:
        """Encode sequences.

        Args:
            x (Tensor): Coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: Features, ``(N, 1, 2 H, T, 1)``, or ``(N, 1, 2 H, 1, 1)`` with ``last_frame_only``.
        """
        features = self.encode_views([x])[0]
        if self.last_frame_only:
            features = features[:, :, :, -1:]
        return features.contiguous()  # mmaction2's heads call view

    def encode_views(
        self, views: Sequence[Tensor], prompts: Optional[Sequence[Optional[Tensor]]] = None
    ) -> List[Tensor]:
        """Encode several views of the same shape in one pass.

        The input norm sees one view after the other, in the order given, as if they were encoded separately.

        Args:
            views (Sequence[Tensor]): Coordinates of each view, ``(N, M, T, V, C)``.
            prompts (Sequence[Tensor], optional): Vector to add to the normalized frames of each view, ``(F, )``, or
                None.

        Returns:
            list[Tensor]: Features of all frames of each view, ``(N, 1, 2 H, T, 1)``, also with
                ``last_frame_only``.
        """
        frames = [self.normalize(view) for view in views]
        if prompts is not None:
            frames = [frame if prompt is None else frame + prompt for frame, prompt in zip(frames, prompts)]
        x = torch.cat(frames, dim=1)
        for layer in self.layers:
            x = layer(x)
        return list(x.permute(1, 2, 0)[:, None, ..., None].split([len(view) for view in views]))

    def normalize(self, view: Tensor) -> Tensor:
        """Return normalized frames, ``(T, N, F)``, with values in the order joint, coordinate, person."""
        self.check_input(view)
        frames = pad_persons(view, self.num_persons).permute(2, 0, 3, 4, 1).flatten(2)
        return self.input_norm(frames.flatten(0, 1)).view_as(frames)
