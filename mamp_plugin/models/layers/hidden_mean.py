"""Average of a per-token error over the hidden tokens."""

from typing import Optional

from torch import Tensor

from mamp_plugin.masking import hidden_tokens


def hidden_mean(error: Tensor, ids_keep: Optional[Tensor] = None) -> Tensor:
    """Return the mean error of the hidden tokens of a batch.

    The visible tokens are multiplied by 0 rather than left out: they are few, and gathering the hidden ones costs more.

    Args:
        error (Tensor): Error of every token, ``(B, L)``.
        ids_keep (Tensor, optional): Indices of the visible tokens, ``(B, K)``. Defaults to None: all ``L`` are hidden.

    Returns:
        Tensor: A scalar.
    """
    if ids_keep is None:
        return error.mean()
    num_hidden = len(error) * (error.size(1) - ids_keep.size(1))
    if num_hidden == 0:
        raise ValueError('no token is hidden, so there is nothing to predict; raise the mask ratio')
    return (error * hidden_tokens(ids_keep, error.size(1))).sum() / num_hidden
