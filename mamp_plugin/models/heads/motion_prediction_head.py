"""Prediction head of MAMP and of its masked autoencoder baseline."""

from typing import List, Optional, Tuple, Union

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from mamp_plugin.masking import cut_patches

from ..layers import hidden_mean, with_linear_init


def frame_motion(sequences: Tensor, stride: int) -> Tensor:
    """Return the change of every coordinate over ``stride`` frames; 0 in the last ``stride`` frames.

    Args:
        sequences (Tensor): Coordinates, ``(B, T, V, C)``.
        stride (int): Distance in frames.

    Returns:
        Tensor: ``(B, T, V, C)``.
    """
    motion = torch.zeros_like(sequences)
    motion[:, :-stride] = sequences[:, stride:] - sequences[:, :-stride]
    return motion


def normalize_patches(patches: Tensor) -> Tensor:
    """Normalize the values of each token to mean 0 and (unbiased) variance 1; constant tokens become 0."""
    variance, mean = torch.var_mean(patches, dim=-1, keepdim=True)
    return (patches - mean) / (variance + 1e-6).sqrt()


def sequence_scale(sequences: Tensor) -> Tensor:
    """Return the standard deviation of sequences ``(B, T, V, C)``, 1 for constant ones: ``(B, 1, 1, 1)``."""
    scale = sequences.flatten(1).std(dim=1).view(-1, 1, 1, 1)
    return scale.where(scale > 1e-6, 1)


@MODELS.register_module()
class MotionPredictionHead(BaseModule):
    """Linear prediction of the motion or the coordinates of each token, trained on the hidden ones.

    The pretrainer fills in ``in_channels``, ``coordinates`` and ``patch_size``.

    Args:
        in_channels (int): Channels of a decoded token, ``D_dec``.
        coordinates (int): Coordinates per joint, ``C``.
        patch_size (tuple[int]): Frames and joints per patch, ``(u, p)``.
        target (str): Prediction target: 'motion' or, as in a masked autoencoder, 'joint' coordinates. Defaults to
            'motion'.
        stride (int): Distance in frames over which motion is measured. Defaults to 1.
        normalize (bool or str): True or 'token': mean 0 and variance 1 of each token, so that all tokens count alike,
            even where only the noise of the sensor moves. 'sequence': one scale per sequence, so that a token weighs as
            much as it moves. False: no normalization. Defaults to True.
        init_cfg (dict or list[dict], optional): Initialization beyond the default. Defaults to None.
    """

    def __init__(
        self,
        in_channels: int,
        coordinates: int,
        patch_size: Tuple[int, int],
        target: str = 'motion',
        stride: int = 1,
        normalize: Union[bool, str] = True,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(init_cfg=with_linear_init(init_cfg))
        num_values = patch_size[0] * patch_size[1] * coordinates
        if target not in ('motion', 'joint'):
            raise ValueError(f"target must be 'motion' or 'joint', got {target!r}")
        if stride < 1:
            raise ValueError(f'stride must be at least 1 frame, got {stride}')
        normalize = 'token' if normalize is True else normalize
        if normalize not in (False, 'token', 'sequence'):
            raise ValueError(f"normalize must be True or 'token', 'sequence' or False, got {normalize!r}")
        if normalize == 'token' and num_values < 2:
            raise ValueError("a token of a single value cannot be normalized; set normalize='sequence' or False")
        self.patch_size = tuple(patch_size)
        self.target = target
        self.stride = stride
        self.normalize = normalize
        self.pred = nn.Linear(in_channels, num_values)

    def forward(self, tokens: Tensor) -> Tensor:
        """Predict the values of tokens: ``(B, P, D_dec)`` to ``(B, P, values)``."""
        return self.pred(tokens)

    @torch.no_grad()
    def targets(self, sequences: Tensor, ids: Optional[Tensor] = None) -> Tensor:
        """Return the prediction target of every token, or of some.

        Args:
            sequences (Tensor): Coordinates, ``(B, T, V, C)``.
            ids (Tensor, optional): Indices of the tokens, ``(B, P)``. Defaults to None: all in token order.

        Returns:
            Tensor: ``(B, L, values)``, or ``(B, P, values)`` with ``ids``; values in the order (frame, joint,
            coordinate).
        """
        sequences = self.values_of(sequences)
        if self.normalize == 'sequence':
            sequences = sequences / sequence_scale(sequences)
        patches = cut_patches(sequences, *self.patch_size).flatten(1, 2)
        if ids is not None:
            patches = patches.take_along_dim(ids.unsqueeze(-1), dim=1)
        return normalize_patches(patches) if self.normalize == 'token' else patches

    def values_of(self, sequences: Tensor) -> Tensor:
        """Return what is predicted of sequences ``(B, T, V, C)``, before normalization, in the same shape."""
        if self.target == 'joint':
            return sequences
        if self.stride >= sequences.size(1):
            raise ValueError(
                f'stride={self.stride} leaves no motion to predict in {sequences.size(1)} frames; '
                "lower the stride or set target='joint'"
            )
        return frame_motion(sequences, self.stride)

    @torch.no_grad()
    def denormalize(self, values: Tensor, sequences: Tensor) -> Tensor:
        """Return predictions in the units of the sequences, with the statistics that :meth:`targets` normalizes by.

        Args:
            values (Tensor): Normalized values of all tokens, ``(B, L, values)``.
            sequences (Tensor): Coordinates that the targets are made of, ``(B, T, V, C)``.

        Returns:
            Tensor: ``(B, L, values)``.
        """
        true = self.values_of(sequences)
        if self.normalize == 'sequence':
            return values * sequence_scale(true).flatten(1).unsqueeze(1)
        if self.normalize == 'token':
            variance, mean = torch.var_mean(cut_patches(true, *self.patch_size).flatten(1, 2), dim=-1, keepdim=True)
            return values * (variance + 1e-6).sqrt() + mean
        return values

    def loss(self, tokens: Tensor, targets: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
        """Return the mean squared error of the hidden tokens.

        Args:
            tokens (Tensor): Decoded tokens, ``(B, P, D_dec)``.
            targets (Tensor): Prediction target of each of them, ``(B, P, values)``.
            ids_keep (Tensor, optional): Indices of the visible tokens, ``(B, K)``, if all ``P = L`` tokens are decoded.
                Defaults to None: all ``P`` tokens are hidden.

        Returns:
            Tensor: A scalar.
        """
        return hidden_mean((self(tokens).float() - targets).square().mean(dim=-1), ids_keep)
