"""Padding to a fixed number of persons."""

from torch import Tensor
from torch.nn import functional as F


def pad_persons(x: Tensor, num_persons: int) -> Tensor:
    """Append absent persons, whose coordinates are zeros.

    Args:
        x (Tensor): Sequences, ``(..., M, T, V, C)`` with at most ``num_persons`` persons.
        num_persons (int): Number of persons of the result.

    Returns:
        Tensor: ``(..., num_persons, T, V, C)``.
    """
    missing = num_persons - x.size(-4)
    if missing < 0:
        raise ValueError(
            f'the model is built for {num_persons} persons, got {x.size(-4)}; set num_persons of the backbone or '
            'num_person of FormatGCNInput'
        )
    return F.pad(x, (0, 0) * 3 + (0, missing)) if missing else x
