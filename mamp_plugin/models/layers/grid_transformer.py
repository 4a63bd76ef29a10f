"""Transformer on a grid of time and joints, shared by encoder and decoder."""

from typing import Any, ClassVar, List, Optional, Sequence, Tuple, Type, Union

import torch
from mmengine.model import ModuleList
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from .attention_block import AttentionBlock
from .initialization import InitializedModule, init_table, with_linear_init
from .joint_names import JointNames


def resize_time_table(table: Tensor, length: int) -> Tensor:
    """Interpolate a learned position table over time to another number of patches.

    Args:
        table (Tensor): One row per patch, ``(1, T', 1, D)``.
        length (int): The new number of patches.

    Returns:
        Tensor: ``(1, length, 1, D)``.
    """
    table = table.permute(0, 3, 1, 2)
    return F.interpolate(table, size=(length, 1), mode='bicubic', align_corners=False).permute(0, 2, 3, 1)


class GridTransformer(InitializedModule):
    """Attention blocks with a final norm, and learned positions on a grid of time and joints.

    A checkpoint of another clip length loads: its position table over time is interpolated. One of another number of
    joints is refused, because positions of joints cannot be interpolated, unless they are made from names.

    Args:
        grid_size (tuple[int]): Patches over time and over joints, ``(T', V')``.
        embed_dims (int): Channels of a token.
        depth (int): Number of blocks.
        num_heads (int): Attention heads.
        mlp_ratio (float): Hidden channels of the feed-forward networks, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        drop_path_rate (float): Stochastic depth rate of the last block; rises linearly from 0 in the first.
            Defaults to 0.
        with_cp (bool): Activation checkpointing of each block: less memory, more time. Defaults to False.
        init_cfg (dict or list[dict], optional): Initialization beyond the default of each layer.
        layouts (Sequence[str], optional): Layouts whose joints get positions from their names, see
            :class:`JointNames`; the first is that of ``grid_size``. Defaults to None: a learned position per joint.
    """

    #: Parameters that are interpolated to their own shape when a state dict is loaded.
    resized_on_load: Tuple[str, ...] = ('time_table',)
    init_info = 'truncated normal, std 0.02'
    block_type: ClassVar[Type[AttentionBlock]] = AttentionBlock

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
        layouts: Optional[Sequence[str]] = None,
    ) -> None:
        super().__init__(init_cfg=with_linear_init(init_cfg))
        if not 0 <= drop_path_rate < 1:
            raise ValueError(f'drop_path_rate must lie in [0, 1), got {drop_path_rate}')
        self.grid_size = (grid_size[0], grid_size[1])
        self.embed_dims = embed_dims
        self.with_cp = with_cp
        self.time_table = nn.Parameter(torch.zeros(1, self.grid_size[0], 1, embed_dims))
        if layouts:
            self.joint_table = JointNames(layouts, embed_dims)
        else:
            self.joint_table = nn.Parameter(torch.zeros(1, 1, self.grid_size[1], embed_dims))
        self.layouts = tuple(layouts or ())
        rates = [drop_path_rate * index / max(depth - 1, 1) for index in range(depth)]
        self.blocks = ModuleList(self.block_type(embed_dims, num_heads, mlp_ratio, qkv_bias, rate) for rate in rates)
        self.norm = nn.LayerNorm(embed_dims)

    def init_parameters(self) -> None:
        init_table(self.time_table)
        init_table(self.joint_table.words if self.layouts else self.joint_table)

    def positions(self, ids: Optional[Tensor] = None, num_joints: Optional[int] = None) -> Tensor:
        """Return the position embedding of tokens.

        Args:
            ids (Tensor, optional): Indices of the tokens, ``(B, K)``. Defaults to None: all.
            num_joints (int, optional): Number of joints, which tells the layout if there are several. Defaults to
                None: that of ``grid_size``.

        Returns:
            Tensor: ``(B, K, D)``, or ``(L, D)`` for all tokens.
        """
        joints = self.joint_table(num_joints or self.grid_size[1]) if self.layouts else self.joint_table
        table = (self.time_table + joints).flatten(0, 2)
        return table if ids is None else F.embedding(ids, table)

    def transform(self, x: Tensor, *memory: Tensor) -> Tensor:
        """Apply the blocks and the final norm to tokens ``(B, K, D)``; ``memory`` is passed on to each block."""
        for block in self.blocks:
            if self.with_cp and x.requires_grad:
                x = checkpoint(block, x, *memory, use_reentrant=False)
            else:
                x = block(x, *memory)
        return self.norm(x)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args: Any, **kwargs: Any) -> None:
        key = f'{prefix}time_table'
        table, own = state_dict.get(key), self.time_table
        # only another length is interpolated; PyTorch refuses and reports every other mismatch
        if table is not None and table.shape[2:] == own.shape[2:] and table.shape != own.shape:
            state_dict[key] = resize_time_table(table, own.size(1))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
