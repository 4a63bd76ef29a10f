"""Decoder of PCM3: recurrent layers from one feature per step to coordinates."""

from typing import List, Optional, Sequence, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from ..layers import CrossRankBatchNorm, XavierModule


@MODELS.register_module()
class SequenceDecoder(XavierModule):
    """Recurrent prediction of the coordinates of every frame.

    If the backbone downsamples time, the embeddings of its steps are interpolated linearly to one per frame in front of
    the recurrent layers.

    The pretrainer fills in ``in_channels`` and ``frame_values``.

    Args:
        in_channels (int): Channels of a feature, ``D``.
        frame_values (int): Coordinates of a frame, ``F``.
        hidden_dims (int): Channels of the hidden layers, ``H``. Defaults to 512.
        num_layers (int): Number of recurrent layers. Defaults to 2.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
    """

    def __init__(
        self,
        in_channels: int,
        frame_values: int,
        hidden_dims: int = 512,
        num_layers: int = 2,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.hidden_dims = hidden_dims
        self.squeeze = nn.Linear(in_channels, hidden_dims)
        self.norm = CrossRankBatchNorm(hidden_dims)
        self.expand = nn.Linear(hidden_dims, hidden_dims)
        self.gru = nn.GRU(hidden_dims, hidden_dims, num_layers, batch_first=True)
        self.reconstruct = nn.Linear(hidden_dims, frame_values)

    def forward(self, sequences: Sequence[Tensor], num_frames: int, prompt: Optional[Tensor] = None) -> List[Tensor]:
        """Decode several batches of sequences in one pass; the batch norm sees one after the other.

        Args:
            sequences (Sequence[Tensor]): One feature per step, ``(N, T', D)`` each.
            num_frames (int): Number of frames to predict, ``T``.
            prompt (Tensor, optional): Vector to add behind the batch norm, ``(H, )``.

        Returns:
            list[Tensor]: Predicted coordinates, ``(N, T, F)`` each.
        """
        x = torch.cat([self._embed(sequence, prompt) for sequence in sequences])
        if x.size(1) != num_frames:
            x = F.interpolate(x.transpose(1, 2), size=num_frames, mode='linear').transpose(1, 2)
        return list(self.reconstruct(self.gru(x)[0]).split([len(sequence) for sequence in sequences]))

    def _embed(self, sequence: Tensor, prompt: Optional[Tensor]) -> Tensor:
        x = self.squeeze(sequence)
        x = self.norm(x.flatten(0, 1)).view_as(x)
        return self.expand(F.relu(x if prompt is None else x + prompt))
