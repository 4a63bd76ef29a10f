"""Projection head of contrastive learning."""

from typing import List, Optional, Union

from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import XavierModule


@MODELS.register_module()
class Projector(XavierModule):
    """MLP with L2-normalized output.

    Args:
        in_channels (int): Channels of a feature, ``D``.
        hidden_channels (int, optional): Channels of the hidden layer. Those of a feature if not given.
        out_channels (int): Channels of the output. Defaults to 128.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: Optional[int] = None,
        out_channels: int = 128,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        hidden_channels = hidden_channels or in_channels
        self.out_channels = out_channels
        self.fc = nn.Sequential(
            nn.Linear(in_channels, hidden_channels), nn.ReLU(), nn.Linear(hidden_channels, out_channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(..., D)`` to unit vectors, ``(..., out_channels)``."""
        return F.normalize(self.fc(features).float(), dim=-1)
