"""Encoder of MAMP: a plain transformer over patches of frames and joints."""

from typing import List, Optional, Sequence, Union

from mmaction.registry import MODELS
from torch import Tensor

from mamp_plugin.masking import cut_patches
from mamp_plugin.skeletons import LayoutLike, get_layout

from ..layers import GridTransformer, PatchEmbed
from .base import TokenBackbone


@MODELS.register_module()
class SkeletonTransformer(TokenBackbone, GridTransformer):
    """Transformer over the patches of each person's skeleton sequence.

    Called as a backbone, it encodes every token. A masked pretrainer calls :meth:`cut` and :meth:`encode` with the
    tokens to encode. Attention is within a person, so that any number of persons can be given.

    With ``joint_names``, joints are known by their names instead of their indices. The weights then fit every layout,
    and one encoder takes sequences of several.

    Example:
        >>> backbone = SkeletonTransformer('nturgb+d', num_frames=120, embed_dims=64, depth=2, num_heads=4,
        ...                                temporal_patch=4)
        >>> backbone(torch.randn(2, 1, 120, 25, 3)).shape
        torch.Size([2, 1, 64, 30, 25])
        >>> backbone = SkeletonTransformer('nturgb+d', num_frames=120, embed_dims=64, depth=2, num_heads=4,
        ...                                temporal_patch=4, joint_names=True, other_layouts=['kinect_v1', 'sbu'])
        >>> backbone(torch.randn(2, 1, 120, 15, 3)).shape
        torch.Size([2, 1, 64, 30, 15])

    Args:
        layout (str or dict): Skeleton layout: name, dict or JSON file.
        num_frames (int): Frames of a clip, ``T``.
        embed_dims (int): Channels of a token, ``D``.
        depth (int): Number of attention blocks.
        num_heads (int): Attention heads.
        temporal_patch (int): Frames per patch; divides ``num_frames``.
        joint_patch (int): Joints per patch; divides the number of joints. Defaults to 1.
        in_channels (int): Coordinates per joint. Defaults to 3.
        mlp_ratio (float): Hidden channels of the feed-forward networks, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        drop_path_rate (float): Stochastic depth rate of the last block; rises linearly from 0 in the first.
            Defaults to 0.
        frozen_stages (int): -1 for nothing, 0 for the patch embedding and the position tables, i for the first i blocks
            too, ``depth`` for the whole backbone with its final norm. Defaults to -1.
        with_cp (bool): Activation checkpointing of each block: less memory, more time. Defaults to False.
        init_cfg (dict or list[dict], optional): Initialization beyond the default, for example
            ``dict(type='Pretrained', checkpoint=..., prefix='backbone.')``. Defaults to None.
        joint_names (bool): Make the position of a joint from its name, as the sum of a learned vector per word (see
            :class:`JointNames`), instead of learning one per joint. Needs ``joint_patch=1``. Defaults to False.
        other_layouts (Sequence[str or dict]): Further layouts whose sequences are accepted, told apart by their numbers
            of joints. Needs ``joint_names``. Defaults to none.
    """

    kind = 'transformer'
    input_parts = ('patch_embed', 'time_table', 'joint_table')
    layer_list = 'blocks'
    joint_parameters = ('joint_table',)

    def __init__(
        self,
        layout: LayoutLike,
        num_frames: int,
        embed_dims: int,
        depth: int,
        num_heads: int,
        temporal_patch: int,
        joint_patch: int = 1,
        in_channels: int = 3,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        drop_path_rate: float = 0.0,
        frozen_stages: int = -1,
        with_cp: bool = False,
        init_cfg: Union[dict, List[dict], None] = None,
        joint_names: bool = False,
        other_layouts: Sequence[LayoutLike] = (),
    ) -> None:
        skeleton = get_layout(layout)
        num_joints = skeleton.num_joints
        if num_frames % temporal_patch:
            raise ValueError(f'temporal_patch={temporal_patch} does not divide num_frames={num_frames}')
        if num_joints % joint_patch:
            raise ValueError(f'joint_patch={joint_patch} does not divide the {num_joints} joints of {skeleton.name!r}')
        if joint_names and joint_patch != 1:
            raise ValueError(f'joint_names needs patches of one joint, got joint_patch={joint_patch}; set it to 1')
        if other_layouts and not joint_names:
            raise ValueError(f'other_layouts={other_layouts!r} needs joint_names=True, with which joints have names')
        super().__init__(
            (num_frames // temporal_patch, num_joints // joint_patch),
            embed_dims,
            depth,
            num_heads,
            mlp_ratio=mlp_ratio,
            qkv_bias=qkv_bias,
            drop_path_rate=drop_path_rate,
            with_cp=with_cp,
            init_cfg=init_cfg,
            layouts=[get_layout(each).name for each in (layout, *other_layouts)] if joint_names else None,
        )
        self.layout = skeleton.name
        self.num_frames = num_frames
        self.in_channels = in_channels
        self.out_channels = embed_dims
        self.patch_size = (temporal_patch, joint_patch)
        self.patch_embed = PatchEmbed(in_channels, embed_dims, temporal_patch, joint_patch)
        self.freeze(frozen_stages)

    def forward(self, x: Tensor) -> Tensor:
        """Encode every token of every person.

        Args:
            x (Tensor): Coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: Features, ``(N, M, D, T', V')``.
        """
        self.check_input(x)
        features = self.encode(self.cut(x.flatten(0, 1)))
        return features.transpose(1, 2).unflatten(2, self.grid_of(x)).unflatten(0, x.shape[:2])

    def cut(self, sequences: Tensor) -> Tensor:
        """Cut sequences into patches.

        Args:
            sequences (Tensor): One sequence of coordinates per person, ``(B, T, V, C)``.

        Returns:
            Tensor: Raw values per token, ``(B, T', V', values)``.
        """
        self.check_input(sequences, '(B, T, V, C)')
        return cut_patches(sequences, *self.patch_size)

    def encode(self, patches: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
        """Encode all tokens, or only the visible ones; hidden tokens are not even embedded.

        Args:
            patches (Tensor): Raw values per token, ``(B, T', V', values)``.
            ids_keep (Tensor, optional): Indices of the visible tokens, ``(B, K)``. All tokens if not given.

        Returns:
            Tensor: Encoded tokens in the order of ``ids_keep``, ``(B, K, D)``.
        """
        positions = self.positions(ids_keep, num_joints=patches.size(2))
        patches = patches.flatten(1, 2)
        if ids_keep is not None:
            patches = patches.take_along_dim(ids_keep.unsqueeze(-1), dim=1)
        return self.transform(self.patch_embed(patches) + positions)
