"""Hiding body parts for a few frames at a time."""

from typing import NamedTuple, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from mamp_plugin.skeletons import get_layout


def draw_parts(names: Tuple[str, ...], count: int) -> Tuple[str, ...]:
    """Chooses body parts without replacement."""
    return tuple(names[index] for index in torch.randperm(len(names))[:count].tolist())


class MaskDraw(NamedTuple):
    """What is hidden, for every sample of a batch.

    Args:
        parts (tuple[tuple[str]]): The names of the hidden body parts, clip after clip.
    """

    parts: Tuple[Tuple[str, ...], ...]


@MODELS.register_module()
class BodyPartMasking(BaseModule):
    """Hides other body parts of the first person in every clip of a sequence; nothing of the other persons.

    Args:
        layout (str): Name of the skeleton layout; says which joints make a body part.
        num_clips (int): Pieces that a sequence is cut into. Defaults to 8.
        num_parts (int): Body parts to hide in each of them. Defaults to 3.
    """

    def __init__(self, layout: str, num_clips: int = 8, num_parts: int = 3) -> None:
        super().__init__()
        self.layout = get_layout(layout)
        if not 1 <= num_parts <= len(self.layout.parts):
            raise ValueError(f'num_parts must lie between 1 and {len(self.layout.parts)}, got {num_parts}')
        self.num_clips = num_clips
        self.num_parts = num_parts

    def draw(self) -> MaskDraw:
        """Chooses what to hide."""
        names = tuple(self.layout.parts)
        return MaskDraw(tuple(draw_parts(names, self.num_parts) for _ in range(self.num_clips)))

    def forward(self, draw: MaskDraw, num_frames: int, num_persons: int) -> Tensor:
        """The mask of a draw.

        Args:
            draw (MaskDraw): What to hide.
            num_frames (int): Frames of a sequence, ``T``; a multiple of the number of clips.
            num_persons (int): Persons of a sequence, ``M``.

        Returns:
            Tensor: Boolean, True where a joint is hidden, ``(M, T, V)``, on the processor.
        """
        if num_frames % self.num_clips:
            raise ValueError(
                f'{num_frames} frames cannot be cut into num_clips={self.num_clips} clips; '
                'change the masking or the window of the pipeline'
            )
        clips = torch.zeros(len(draw.parts), self.layout.num_joints, dtype=torch.bool)
        for clip, parts in zip(clips, draw.parts):
            clip[self.layout.joints_of(parts)] = True
        hidden = torch.zeros(num_persons, num_frames, self.layout.num_joints, dtype=torch.bool)
        hidden[0] = clips.repeat_interleave(num_frames // self.num_clips, dim=0)
        return hidden
