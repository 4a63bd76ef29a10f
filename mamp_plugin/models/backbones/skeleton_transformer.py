"""The encoder of MAMP: a plain transformer over patches of frames and joints."""

from typing import List, Optional, Tuple, Union

from mmaction.registry import MODELS
from torch import Tensor, nn

from mamp_plugin.masking import cut_patches
from mamp_plugin.skeletons import get_layout

from ..layers import GridTransformer, PatchEmbed


@MODELS.register_module()
class SkeletonTransformer(GridTransformer):
    """Transformer over the patches of each person's skeleton sequence.

    Used like mmaction2's graph convolutions it encodes every token. A pretrainer calls :meth:`cut` and
    :meth:`encode` instead and names the tokens to encode. Persons do not see each other, so that any number of them
    can be given.

    Args:
        layout (str): Name of the skeleton layout; says how many joints there are.
        num_frames (int): Frames of a clip, ``T``.
        embed_dims (int): Channels of a token, ``D``.
        depth (int): Number of attention blocks.
        num_heads (int): Attention heads.
        temporal_patch (int): Frames per patch; divides ``num_frames``.
        joint_patch (int): Joints per patch; divides the number of joints. Defaults to 1.
        in_channels (int): Coordinates per joint. Defaults to 3.
        mlp_ratio (float): Channels inside the feed-forward networks, as a multiple of ``embed_dims``. Defaults to 4.
        qkv_bias (bool): Whether queries, keys and values have a bias. Defaults to True.
        drop_path_rate (float): Chance of leaving out a branch in the last block; grows linearly from 0 in the first.
            Defaults to 0.
        frozen_stages (int): What is not trained and stays in eval mode: -1 nothing, 0 the embedding and the position
            tables, i the first i blocks too. With all blocks the final norm is frozen as well, and with it the whole
            backbone. Defaults to -1.
        with_cp (bool): Recompute the inside of each block in the backward pass instead of storing it: less memory,
            more time. Defaults to False.
        init_cfg (dict or list[dict], optional): Initialization beyond the default, for example
            ``dict(type='Pretrained', checkpoint=..., prefix='backbone.')``. Defaults to None.
    """

    #: Patterns of the parameters that belong to the joints of one layout and mean nothing to those of another.
    joint_parameters: Tuple[str, ...] = ('joint_table',)

    def __init__(
        self,
        layout: str,
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
    ) -> None:
        num_joints = get_layout(layout).num_joints
        if num_frames % temporal_patch:
            raise ValueError(f'temporal_patch={temporal_patch} does not divide num_frames={num_frames}')
        if num_joints % joint_patch:
            raise ValueError(f'joint_patch={joint_patch} does not divide the {num_joints} joints of {layout!r}')
        if not -1 <= frozen_stages <= depth:
            raise ValueError(f'frozen_stages must lie between -1 and depth={depth}, got {frozen_stages}')
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
        )
        self.layout = layout
        self.num_frames = num_frames
        self.num_joints = num_joints
        self.in_channels = in_channels
        self.patch_size = (temporal_patch, joint_patch)
        self.frozen_stages = frozen_stages
        self.patch_embed = PatchEmbed(in_channels, embed_dims, temporal_patch, joint_patch)
        for part in self._frozen_parts():
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Encodes every token of every person.

        Args:
            x (Tensor): Sequences of coordinates, ``(N, M, T, V, C)``.

        Returns:
            Tensor: Features, ``(N, M, D, T', V')``.
        """
        features = self.encode(self.cut(x.flatten(0, 1)))
        return features.transpose(1, 2).unflatten(2, self.grid_size).unflatten(0, x.shape[:2])

    def cut(self, sequences: Tensor) -> Tensor:
        """Cuts sequences into patches.

        Args:
            sequences (Tensor): One sequence of coordinates per person, ``(B, T, V, C)``.

        Returns:
            Tensor: Raw values per token, ``(B, T', V', values)``.
        """
        self._check_shape(sequences.shape)
        return cut_patches(sequences, *self.patch_size)

    def encode(self, patches: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
        """Encodes all tokens, or only those to keep: the others are not even embedded.

        Args:
            patches (Tensor): Raw values per token, ``(B, T', V', values)``.
            ids_keep (Tensor, optional): Indices of the tokens to keep, ``(B, K)``. All tokens if not given.

        Returns:
            Tensor: Encoded tokens in the order given, ``(B, K, D)``.
        """
        patches = patches.flatten(1, 2)
        if ids_keep is not None:
            patches = patches.take_along_dim(ids_keep.unsqueeze(-1), dim=1)
        return self.transform(self.patch_embed(patches) + self.positions(ids_keep))

    def get_layer_depth(self, param_name: str, prefix: str = 'backbone.') -> Tuple[int, int]:
        """How deep a parameter lies, for learning rates that decay towards the input.

        Args:
            param_name (str): Name of the parameter in the whole model.
            prefix (str): What the names of the backbone's own parameters begin with. Defaults to 'backbone.'.

        Returns:
            tuple[int]: The layer: 0 for the patch embedding and the position tables, i + 1 for block i, depth + 1
            for the final norm and whatever comes after the backbone; and the number of layers, depth + 2.
        """
        num_layers = len(self.blocks) + 2
        own, name = param_name.startswith(prefix), param_name[len(prefix) :]
        if own and name.startswith('blocks.'):
            return int(name.split('.')[1]) + 1, num_layers
        if own and not name.startswith('norm.'):
            return 0, num_layers
        return num_layers - 1, num_layers

    def train(self, mode: bool = True) -> 'SkeletonTransformer':
        """Switches the mode, except for what is frozen."""
        super().train(mode)
        for part in self._frozen_parts():
            if isinstance(part, nn.Module):
                part.eval()
        return self

    def _frozen_parts(self) -> List[Union[nn.Module, nn.Parameter]]:
        if self.frozen_stages < 0:
            return []
        parts = [self.patch_embed, self.time_table, self.joint_table, *self.blocks[: self.frozen_stages]]
        return [*parts, self.norm] if self.frozen_stages == len(self.blocks) else parts

    def _check_shape(self, shape: Tuple[int, ...]) -> None:
        if len(shape) != 4:
            raise ValueError(
                f'{type(self).__name__} takes sequences (N, M, T, V, C), or (B, T, V, C) one by one; '
                f'got a batch that comes down to {tuple(shape)}; is FormatGCNInput in the pipeline?'
            )
        remedies = (
            ('frames', self.num_frames, 'set num_frames of the backbone or the window of the pipeline'),
            ('joints', self.num_joints, f'set the layout of the backbone, now {self.layout!r}'),
            ('coordinates per joint', self.in_channels, 'set in_channels of the backbone'),
        )
        for given, (what, expected, remedy) in zip(shape[1:], remedies):
            if given != expected:
                raise ValueError(f'{type(self).__name__} is built for {expected} {what}, got {given}; {remedy}')
