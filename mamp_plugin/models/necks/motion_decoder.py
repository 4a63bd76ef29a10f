"""Decoder of masked pretraining."""

from typing import List, Optional, Sequence, Tuple, Union

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..layers import GridTransformer, init_table


@MODELS.register_module()
class MotionDecoder(GridTransformer):
    """Transformer over the encoded tokens and a learned mask token in every hidden place.

    The pretrainer fills in ``in_channels``, ``grid_size`` and ``layouts``.

    Args:
        in_channels (int): Channels of an encoded token, ``D``.
        grid_size (tuple[int]): Patches over time and over joints, ``(T', V')``.
        embed_dims (int): Channels of a decoded token. Defaults to 256.
        depth (int): Number of attention blocks. Defaults to 3.
        num_heads (int): Attention heads. Defaults to 8.
        mlp_ratio (float): Hidden channels of the feed-forward networks, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        with_cp (bool): Activation checkpointing of each block: less memory, more time. Defaults to False.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
        layouts (Sequence[str], optional): Layouts of an encoder with ``joint_names``, whose joints get positions from
            their names here too. Defaults to None: a learned position per joint.
    """

    def __init__(
        self,
        in_channels: int,
        grid_size: Tuple[int, int],
        embed_dims: int = 256,
        depth: int = 3,
        num_heads: int = 8,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        with_cp: bool = False,
        init_cfg: Union[dict, List[dict], None] = None,
        layouts: Optional[Sequence[str]] = None,
    ) -> None:
        super().__init__(
            grid_size,
            embed_dims,
            depth,
            num_heads,
            mlp_ratio=mlp_ratio,
            qkv_bias=qkv_bias,
            with_cp=with_cp,
            init_cfg=init_cfg,
            layouts=layouts,
        )
        self.in_channels = in_channels
        self.embed = nn.Linear(in_channels, embed_dims)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, embed_dims))

    def init_parameters(self) -> None:
        super().init_parameters()
        init_table(self.mask_token)

    def draw_ids(self, ids_keep: Tensor, num_joints: Optional[int] = None) -> Optional[Tensor]:
        """Return the hidden tokens to predict in a training step, or None for all of them.

        Args:
            ids_keep (Tensor): Indices of the visible tokens, ``(B, K)``.
            num_joints (int, optional): Number of joints, see :meth:`positions`. Defaults to None.

        Returns:
            Tensor, optional: Token indices, ``(B, P)``. Here None.
        """
        return None

    def forward(
        self, latent: Tensor, ids_keep: Tensor, ids: Optional[Tensor] = None, num_joints: Optional[int] = None
    ) -> Tensor:
        """Decode tokens.

        Args:
            latent (Tensor): Encoded tokens, ``(B, K, D)``.
            ids_keep (Tensor): Index of each encoded token, ``(B, K)``.
            ids (Tensor, optional): Indices of the tokens to return, ``(B, P)``. Defaults to None: all in token order.
            num_joints (int, optional): Number of joints, see :meth:`positions`. Defaults to None.

        Returns:
            Tensor: Decoded and layer-normalized tokens, ``(B, L, D_dec)``, or ``(B, P, D_dec)`` with ``ids``.
        """
        latent = self.embed(latent)
        positions = self.positions(num_joints=num_joints)
        empty = self.mask_token.to(latent.dtype).expand(len(latent), len(positions), -1)
        places = ids_keep.unsqueeze(-1).expand_as(latent)
        tokens = self.transform(empty.scatter(1, places, latent) + positions)
        return tokens if ids is None else tokens.take_along_dim(ids.unsqueeze(-1), dim=1)
