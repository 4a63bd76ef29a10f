"""Which tokens the encoder gets to see."""

from typing import Optional

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor


def cut_patches(sequences: Tensor, temporal_patch: int, joint_patch: int = 1) -> Tensor:
    """Cuts sequences into the patches that become tokens.

    Args:
        sequences (Tensor): Coordinates per frame and joint, ``(B, T, V, C)``.
        temporal_patch (int): Frames per patch; divides ``T``.
        joint_patch (int): Joints per patch; divides ``V``. Defaults to 1.

    Returns:
        Tensor: Raw values per token in the order (frame, joint, coordinate), ``(B, T', V', values)``.
    """
    grid = sequences.unflatten(2, (-1, joint_patch)).unflatten(1, (-1, temporal_patch))
    return grid.transpose(2, 3).flatten(3)


def motion_intensity(patches: Tensor) -> Tensor:
    """How much every token moves.

    Args:
        patches (Tensor): Raw coordinates per token, ``(B, T', V', values)``.

    Returns:
        Tensor: Mean absolute change since the previous patch, ``(B, T', V')``.
        The first patch has no past and takes the value of the second; a lone patch counts as still.
    """
    if patches.size(1) == 1:
        return patches.new_zeros(patches.shape[:3])
    change = (patches[:, 1:] - patches[:, :-1]).abs_().mean(dim=-1)
    return torch.cat((change[:, :1], change), dim=1)


def motion_log_odds(intensity: Tensor, tau: float) -> Tensor:
    """Log-probability with which each token is drawn to be hidden.

    Where nothing moves, every token is as likely as any other.

    Args:
        intensity (Tensor): How much every token moves, ``(B, T', V')``.
        tau (float): Temperature: the lower, the stricter motion decides.

    Returns:
        Tensor: One log-probability per token, ``(B, L)``.
    """
    intensity = intensity.flatten(1)
    peak = intensity.amax(dim=1, keepdim=True)
    return (intensity / (peak * tau + 1e-10)).log_softmax(dim=1)


def gumbel(uniform: Tensor) -> Tensor:
    """Standard Gumbel noise from uniform noise of the same shape."""
    return -(-(uniform + 1e-10).log() + 1e-10).log()


def num_kept_tokens(num_tokens: int, ratio: float) -> int:
    """How many tokens stay visible when a share is hidden.

    ``int(L * (1 - ratio))``, truncated in floating point as the paper's results were: 90 % of 750 tokens
    hides 676 and keeps 74.
    """
    num_kept = int(num_tokens * (1 - ratio))
    if num_kept < 1:
        raise ValueError(f'mask ratio {ratio} leaves none of {num_tokens} tokens visible; lower the ratio')
    return num_kept


def keep_lowest(scores: Tensor, ratio: float) -> Tensor:
    """Indices of the tokens that stay visible, lowest score first.

    Args:
        scores (Tensor): One score per token, ``(B, L)``.
        ratio (float): Share of the tokens to hide.

    Returns:
        Tensor: Token indices, ``(B, K)``.
    """
    num_kept = num_kept_tokens(scores.size(1), ratio)
    return scores.topk(num_kept, dim=1, largest=False, sorted=True).indices


def hidden_tokens(ids_keep: Tensor, num_tokens: int) -> Tensor:
    """The mask that belongs to the kept tokens.

    Args:
        ids_keep (Tensor): Indices of the kept tokens, ``(B, K)``.
        num_tokens (int): How many tokens there are in all.

    Returns:
        Tensor: Boolean, True where a token is hidden, ``(B, L)``.
    """
    hidden = torch.ones(len(ids_keep), num_tokens, dtype=torch.bool, device=ids_keep.device)
    return hidden.scatter_(1, ids_keep, False)


@MODELS.register_module()
class RandomMasking(BaseModule):
    """Hides tokens uniformly at random.

    Args:
        ratio (float): Share of the tokens to hide. Defaults to 0.9.
    """

    def __init__(self, ratio: float = 0.9) -> None:
        super().__init__()
        if not 0 <= ratio < 1:
            raise ValueError(f'mask ratio must lie in [0, 1), got {ratio}')
        self.ratio = ratio

    def scores(self, patches: Tensor, uniform: Tensor) -> Tensor:
        """Scores by which tokens are ranked, ``(B, L)``; the highest are hidden."""
        return uniform

    @torch.no_grad()
    def forward(self, patches: Tensor, uniform: Optional[Tensor] = None) -> Tensor:
        """Draws the tokens to keep.

        Args:
            patches (Tensor): Raw coordinates per token, ``(B, T', V', values)``.
            uniform (Tensor, optional): The noise to use, ``(B, L)``. Drawn if not given.

        Returns:
            Tensor: Indices of the kept tokens, ``(B, K)``.
        """
        if uniform is None:
            uniform = torch.rand(patches.shape[:3], device=patches.device).flatten(1)
        return keep_lowest(self.scores(patches, uniform), self.ratio)

    def extra_repr(self) -> str:
        return f'ratio={self.ratio}'


@MODELS.register_module()
class MotionAwareMasking(RandomMasking):
    """Hides moving tokens more often than still ones, as in MAMP.

    Args:
        ratio (float): Share of the tokens to hide. Defaults to 0.9.
        tau (float): Temperature: the lower, the stricter motion decides. Defaults to 0.8.
    """

    def __init__(self, ratio: float = 0.9, tau: float = 0.8) -> None:
        super().__init__(ratio)
        if tau <= 0:
            raise ValueError(f'tau must be positive, got {tau}; for masking without motion use RandomMasking')
        self.tau = tau

    def scores(self, patches: Tensor, uniform: Tensor) -> Tensor:
        return motion_log_odds(motion_intensity(patches), self.tau) + gumbel(uniform)

    def extra_repr(self) -> str:
        return f'{super().extra_repr()}, tau={self.tau}'
