"""Cross-attention decoder of masked pretraining."""

from typing import Any, Optional, Tuple

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..layers import CrossAttentionBlock
from .motion_decoder import MotionDecoder


@MODELS.register_module()
class QueryDecoder(MotionDecoder):
    """Cross-attention decoder that predicts a random share of the hidden tokens, as in `CrossMAE
    <https://arxiv.org/abs/2401.14391>`_.

    Queries are the mask token plus a position. Each attends to the visible encoded tokens, not to other queries, so
    that time and memory grow with the number of queries. Takes the place of :class:`MotionDecoder` in a config::

        neck=dict(type='QueryDecoder', embed_dims=256, depth=3, num_heads=8, share=0.25)

    The pretrainer fills in ``in_channels``, ``grid_size`` and ``layouts``.

    Args:
        in_channels (int): Channels of an encoded token, ``D``.
        grid_size (tuple[int]): Patches over time and over joints, ``(T', V')``.
        embed_dims (int): Channels of a decoded token. Defaults to 256.
        depth (int): Number of blocks of cross-attention and a feed-forward network. Defaults to 3.
        num_heads (int): Attention heads. Defaults to 8.
        share (float): Share of the hidden tokens that are predicted in a training step; 1 predicts all. Defaults to
            0.25.
        **kwargs: As for :class:`MotionDecoder`: ``mlp_ratio``, ``qkv_bias``, ``with_cp``, ``init_cfg``,
            ``layouts``.
    """

    block_type = CrossAttentionBlock

    def __init__(
        self,
        in_channels: int,
        grid_size: Tuple[int, int],
        embed_dims: int = 256,
        depth: int = 3,
        num_heads: int = 8,
        share: float = 0.25,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, grid_size, embed_dims, depth, num_heads, **kwargs)
        if depth < 1:
            raise ValueError(f'depth must be at least 1, got {depth}: without a block no query sees a visible token')
        if not 0 < share <= 1:
            raise ValueError(f'share must lie in (0, 1], got {share}')
        self.share = share
        self.memory_norm = nn.LayerNorm(embed_dims)

    @torch.no_grad()
    def draw_ids(self, ids_keep: Tensor, uniform: Optional[Tensor] = None, num_joints: Optional[int] = None) -> Tensor:
        """Draw the hidden tokens to predict.

        Args:
            ids_keep (Tensor): Indices of the visible tokens, ``(B, K)``.
            uniform (Tensor, optional): Uniform noise in [0, 1), ``(B, L)``; the hidden tokens with the lowest numbers
                are predicted. Defaults to None: drawn from torch's generator of the device.
            num_joints (int, optional): Number of joints, see :meth:`positions`. Defaults to None.

        Returns:
            Tensor: Token indices in ascending order, ``(B, P)``, with ``P`` the share of the hidden tokens, at least 1.
        """
        shape = len(ids_keep), self.grid_size[0] * (num_joints or self.grid_size[1])
        num_hidden = shape[1] - ids_keep.size(1)
        if num_hidden == 0:
            raise ValueError('no token is hidden, so there is nothing to predict; raise the mask ratio')
        if uniform is None:
            uniform = torch.rand(shape, device=ids_keep.device)
        if uniform.shape != shape:
            raise ValueError(f'noise of QueryDecoder must have shape {shape}, got {tuple(uniform.shape)}')
        scores = uniform.scatter(1, ids_keep, float('inf'))
        drawn = scores.topk(max(1, round(num_hidden * self.share)), dim=1, largest=False).indices
        return drawn.sort(dim=1).values

    def forward(
        self, latent: Tensor, ids_keep: Tensor, ids: Optional[Tensor] = None, num_joints: Optional[int] = None
    ) -> Tensor:
        """Decode tokens; a visible token is decoded like a hidden one, from a query.

        Args:
            latent (Tensor): Encoded tokens, ``(B, K, D)``.
            ids_keep (Tensor): Index of each encoded token, ``(B, K)``.
            ids (Tensor, optional): Indices of the tokens to decode, ``(B, P)``. Defaults to None: all in token order.
            num_joints (int, optional): Number of joints, see :meth:`positions`. Defaults to None.

        Returns:
            Tensor: Decoded and layer-normalized tokens, ``(B, L, D_dec)``, or ``(B, P, D_dec)`` with ``ids``.
        """
        memory = self.memory_norm(self.embed(latent) + self.positions(ids_keep, num_joints))
        queries = (self.mask_token + self.positions(ids, num_joints)).expand(len(latent), -1, -1)
        return self.transform(queries, memory)
