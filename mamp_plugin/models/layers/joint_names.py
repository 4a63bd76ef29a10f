"""Positions of joints that are made from their names."""

from typing import Dict, Sequence

import torch
from torch import Tensor, nn

from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.words import WORDS, words_of


class JointNames(nn.Module):
    """Position of each joint: the sum of a learned vector per word of its name.

    The words are side, body part and those of the joint itself, see :func:`words_of`. All layouts share
    them, so that parameters fit layouts that they were not trained on.

    Example:
        >>> JointNames(('nturgb+d', 'sbu'), embed_dims=64)(15).shape
        torch.Size([1, 1, 15, 64])

    Args:
        layouts (Sequence[str]): Names of skeleton layouts with different numbers of joints.
        embed_dims (int): Channels of a position, ``D``.
    """

    def __init__(self, layouts: Sequence[str], embed_dims: int) -> None:
        super().__init__()
        self.words = nn.Parameter(torch.zeros(len(WORDS), embed_dims))
        known: Dict[int, str] = {}
        for name in layouts:
            layout = get_layout(name)
            if known.setdefault(layout.num_joints, name) != name:
                raise ValueError(
                    f'layouts {known[layout.num_joints]!r} and {name!r} both have {layout.num_joints} joints, so a '
                    'sequence does not tell its layout; leave one out'
                )
            has_word = torch.zeros(layout.num_joints, len(WORDS), 1)
            for joint, words in enumerate(words_of(layout)):
                has_word[joint, list(words)] = 1
            # computed from the layout, so no part of a checkpoint
            self.register_buffer(f'joints_{layout.num_joints}', has_word, persistent=False)

    def forward(self, num_joints: int) -> Tensor:
        """Return the positions of the joints of the layout with ``V`` joints, ``(1, 1, V, D)``."""
        # no matrix product, which autocast would round to half precision
        return (self.get_buffer(f'joints_{num_joints}') * self.words).sum(dim=1)[None, None]
