"""What encoder and decoder share: positions on the grid of time and joints, and blocks over its tokens."""

from typing import List, Optional, Tuple, Union

import torch
from mmengine.model import BaseModule, ModuleList, update_init_info
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from .attention_block import AttentionBlock

#: How every linear layer of encoder, decoder and prediction head begins.
LINEAR_INIT = dict(type='Xavier', layer='Linear', distribution='uniform')


def with_linear_init(init_cfg: Union[dict, List[dict], None]) -> List[dict]:
    """The initial weights of linear layers, followed by what the user asks for."""
    if init_cfg is None:
        return [LINEAR_INIT]
    return [LINEAR_INIT, *([init_cfg] if isinstance(init_cfg, dict) else init_cfg)]


def init_table(table: Tensor) -> None:
    """Draws a learned table of positions or a learned token."""
    nn.init.trunc_normal_(table, std=0.02)


def resize_time_table(table: Tensor, length: int) -> Tensor:
    """Stretches a learned table over time to another number of patches.

    Args:
        table (Tensor): One row per patch, ``(1, T', 1, D)``.
        length (int): The number of patches to stretch it to.

    Returns:
        Tensor: ``(1, length, 1, D)``.
    """
    table = table.permute(0, 3, 1, 2)
    return F.interpolate(table, size=(length, 1), mode='bicubic', align_corners=False).permute(0, 2, 3, 1)


class GridTransformer(BaseModule):
    """Attention blocks with a final norm, and learned positions on a grid of time and joints.

    A checkpoint of another length loads: its table over time is stretched. A checkpoint of another number of joints
    does not: joints have names, and there is nothing between two of them.

    Args:
        grid_size (tuple[int]): Patches over time and over joints, ``(T', V')``.
        embed_dims (int): Channels of a token.
        depth (int): Number of blocks.
        num_heads (int): Attention heads.
        mlp_ratio (float): Channels inside the feed-forward networks, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        drop_path_rate (float): Chance of leaving out a branch in the last block; grows linearly from 0 in the first.
            Defaults to 0.
        with_cp (bool): Recompute the inside of each block in the backward pass instead of storing it: less memory,
            more time. Defaults to False.
        init_cfg (dict or list[dict], optional): Initialization beyond the default of each layer.
    """

    #: Parameters that take those of another shape when they are loaded.
    resized_on_load: Tuple[str, ...] = ('time_table',)

    def __init__(
        self,
        grid_size: Tuple[int, int],
        embed_dims: int,
        depth: int,
        num_heads: int,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        drop_path_rate: float = 0.0,
        with_cp: bool = False,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=with_linear_init(init_cfg))
        if not 0 <= drop_path_rate < 1:
            raise ValueError(f'drop_path_rate must lie in [0, 1), got {drop_path_rate}')
        self.grid_size = tuple(grid_size)
        self.embed_dims = embed_dims
        self.with_cp = with_cp
        self.time_table = nn.Parameter(torch.zeros(1, self.grid_size[0], 1, embed_dims))
        self.joint_table = nn.Parameter(torch.zeros(1, 1, self.grid_size[1], embed_dims))
        rates = [drop_path_rate * index / max(depth - 1, 1) for index in range(depth)]
        self.blocks = ModuleList(AttentionBlock(embed_dims, num_heads, mlp_ratio, qkv_bias, rate) for rate in rates)
        self.norm = nn.LayerNorm(embed_dims)

    def init_weights(self) -> None:
        """Draws the tables; the rest is said by ``init_cfg``."""
        if not self.is_init:
            self.init_tables()
            if hasattr(self, '_params_init_info'):  # part of a model that logs where its weights are from
                update_init_info(self, 'truncated normal, std 0.02')
        super().init_weights()

    def init_tables(self) -> None:
        """Draws what no ``init_cfg`` reaches: parameters that belong to no layer."""
        init_table(self.time_table)
        init_table(self.joint_table)

    def positions(self, ids: Optional[Tensor] = None) -> Tensor:
        """The position of every token, ``(L, D)``, or of the tokens asked for by ``ids``, ``(B, K, D)``."""
        table = (self.time_table + self.joint_table).flatten(0, 2)
        return table if ids is None else F.embedding(ids, table)

    def transform(self, x: Tensor) -> Tensor:
        """Sends tokens ``(B, K, D)`` through the blocks and the final norm."""
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=False) if self.with_cp and x.requires_grad else block(x)
        return self.norm(x)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args, **kwargs) -> None:
        key = f'{prefix}time_table'
        table, own = state_dict.get(key), self.time_table
        # Anything else than another length is left to torch, which refuses it and says what differs.
        if table is not None and table.shape[2:] == own.shape[2:] and table.shape != own.shape:
            state_dict[key] = resize_time_table(table, own.size(1))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
