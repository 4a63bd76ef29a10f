"""Predicts how the hidden tokens move, or where their joints are."""

from typing import List, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mamp_plugin.masking import cut_patches, hidden_tokens

from ..layers import with_linear_init


def frame_motion(sequences: Tensor, stride: int) -> Tensor:
    """What every coordinate changes by until ``stride`` frames later; 0 in the last ``stride`` frames.

    Args:
        sequences (Tensor): Coordinates, ``(B, T, V, C)``.
        stride (int): Frames to look ahead.

    Returns:
        Tensor: ``(B, T, V, C)``.
    """
    motion = torch.zeros_like(sequences)
    motion[:, :-stride] = sequences[:, stride:] - sequences[:, :-stride]
    return motion


def normalize_patches(patches: Tensor) -> Tensor:
    """Gives the values of each token mean 0 and (unbiased) variance 1; where nothing varies they become 0."""
    variance, mean = torch.var_mean(patches, dim=-1, keepdim=True)
    return (patches - mean) / (variance + 1e-6).sqrt()


@MODELS.register_module()
class MotionPredictionHead(BaseModule):
    """Predicts the values of each token and compares those of the hidden ones with the truth.

    The pretrainer fills in what its backbone and neck know: ``in_channels``, ``coordinates`` and ``patch_size``.

    Args:
        in_channels (int): Channels of a decoded token, ``D_dec``.
        coordinates (int): Coordinates per joint, ``C``.
        patch_size (tuple[int]): Frames and joints per patch, ``(u, p)``.
        target (str): What to predict: 'motion' or, as in a masked autoencoder, 'joint' coordinates. Defaults to
            'motion'.
        stride (int): Frames between which motion is measured. Defaults to 1.
        normalize (bool): Whether the values to predict are normalised per token. Defaults to True.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
    """

    def __init__(
        self,
        in_channels: int,
        coordinates: int,
        patch_size: Tuple[int, int],
        target: str = 'motion',
        stride: int = 1,
        normalize: bool = True,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=with_linear_init(init_cfg))
        num_values = patch_size[0] * patch_size[1] * coordinates
        if target not in ('motion', 'joint'):
            raise ValueError(f"target must be 'motion' or 'joint', got {target!r}")
        if stride < 1:
            raise ValueError(f'stride must be at least 1 frame, got {stride}')
        if normalize and num_values < 2:
            raise ValueError('a token of a single value cannot be normalised; set normalize=False')
        self.patch_size = tuple(patch_size)
        self.target = target
        self.stride = stride
        self.normalize = normalize
        self.pred = nn.Linear(in_channels, num_values)

    def forward(self, tokens: Tensor) -> Tensor:
        """Predicts the values of every token: ``(B, L, D_dec)`` to ``(B, L, values)``."""
        return self.pred(tokens)

    @torch.no_grad()
    def targets(self, sequences: Tensor) -> Tensor:
        """What should be predicted.

        Args:
            sequences (Tensor): Coordinates, ``(B, T, V, C)``.

        Returns:
            Tensor: ``(B, L, values)``, the values in the order (frame, joint, coordinate).
        """
        if self.target == 'motion':
            if self.stride >= sequences.size(1):
                raise ValueError(
                    f'stride={self.stride} leaves no motion to predict in {sequences.size(1)} frames; '
                    "lower the stride or set target='joint'"
                )
            sequences = frame_motion(sequences, self.stride)
        patches = cut_patches(sequences, *self.patch_size).flatten(1, 2)
        return normalize_patches(patches) if self.normalize else patches

    def loss(self, tokens: Tensor, sequences: Tensor, ids_keep: Tensor) -> Tensor:
        """Squared error, averaged over the hidden tokens of the batch.

        All tokens are predicted and the visible ones left out of the sum: they are few, and gathering the hidden
        ones first costs more than predicting the rest.

        Args:
            tokens (Tensor): Decoded tokens, ``(B, L, D_dec)``.
            sequences (Tensor): Coordinates, ``(B, T, V, C)``.
            ids_keep (Tensor): Indices of the tokens that were visible, ``(B, K)``.

        Returns:
            Tensor: The loss, a scalar.
        """
        num_hidden = len(tokens) * (tokens.size(1) - ids_keep.size(1))
        if num_hidden == 0:
            raise ValueError('no token is hidden, so there is nothing to predict; raise the mask ratio')
        error = (self(tokens).float() - self.targets(sequences)).square().mean(dim=-1)
        return (error * hidden_tokens(ids_keep, tokens.size(1))).sum() / num_hidden
