"""Body-part masking of PCM3."""

from typing import NamedTuple, Optional, Sequence, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from mamp_plugin.skeletons import LayoutLike, SkeletonLayout, get_layout


def draw_parts(names: Sequence[str], count: int, uniform: Optional[Tensor] = None) -> Tuple[str, ...]:
    """Draw body parts without replacement.

    Args:
        names (Sequence[str]): Names of all parts.
        count (int): Number of parts to draw.
        uniform (Tensor, optional): Uniform noise, one number per part; the lowest are drawn. Defaults to None:
            ``torch.randperm``.

    Returns:
        tuple[str]: Names of the drawn parts.
    """
    order = torch.randperm(len(names)) if uniform is None else uniform.argsort()
    return tuple(names[index] for index in order[:count].tolist())


def hidden_joints(layout: SkeletonLayout, parts: Sequence[Sequence[str]], num_frames: int) -> Tensor:
    """Return the boolean mask of the joints that belong to the hidden body parts.

    Args:
        layout (SkeletonLayout): Layout of the skeleton.
        parts (Sequence[Sequence[str]]): Names of the hidden body parts of each clip.
        num_frames (int): Frames of a sequence, ``T``; a multiple of the number of clips.

    Returns:
        Tensor: True where a joint is hidden, ``(T, V)``, on the CPU.
    """
    hidden = torch.zeros(len(parts), layout.num_joints, dtype=torch.bool)
    for clip, names in zip(hidden, parts):
        clip[layout.joints_of(names)] = True
    return hidden.repeat_interleave(num_frames // len(parts), dim=0)


class MaskDraw(NamedTuple):
    """Outcome of a draw: the body parts to hide in each clip.

    Args:
        parts (tuple[tuple[str]]): Names of the hidden body parts of each clip.
    """

    parts: Tuple[Tuple[str, ...], ...]


@MODELS.register_module()
class BodyPartMasking(BaseModule):
    """Body-part masking of PCM3: a sequence is cut into clips of equal length, and each hides random body parts.

    ::

        >>> masking = BodyPartMasking('nturgb+d', num_clips=8, num_parts=3)
        >>> masking(masking.draw(), num_frames=64, num_persons=2).shape
        torch.Size([2, 64, 25])

    Args:
        layout (str or dict): Skeleton layout: name, dict or JSON file.
        num_clips (int): Number of clips of a sequence. Defaults to 8.
        num_parts (int): Number of hidden body parts per clip. Defaults to 3.
        persons (Sequence[int]): Indices of the persons to mask; all hide the same parts. Defaults to ``(0, )``.
    """

    def __init__(
        self, layout: LayoutLike, num_clips: int = 8, num_parts: int = 3, persons: Sequence[int] = (0,)
    ) -> None:
        super().__init__()
        self.layout = get_layout(layout)
        if num_clips < 1:
            raise ValueError(f'num_clips must be at least 1, got {num_clips}')
        if not 1 <= num_parts <= len(self.layout.parts):
            raise ValueError(f'num_parts must lie between 1 and {len(self.layout.parts)}, got {num_parts}')
        if not persons:
            raise ValueError('persons must name at least one person to mask, got none')
        self.num_clips = num_clips
        self.num_parts = num_parts
        self.persons = tuple(persons)

    def noise_shape(self) -> Tuple[int, int]:
        """Return the shape of the noise of a draw, ``(clips, parts)``."""
        return self.num_clips, len(self.layout.parts)

    def draw(self, uniform: Optional[Tensor] = None) -> MaskDraw:
        """Draw the body parts to hide.

        Args:
            uniform (Tensor, optional): Uniform noise of shape :meth:`noise_shape`; the parts with the lowest numbers
                are hidden. Defaults to None: ``torch.randperm`` for each clip.

        Returns:
            MaskDraw: Names of the hidden body parts of each clip.
        """
        if uniform is not None and uniform.shape != self.noise_shape():
            raise ValueError(
                f'noise of BodyPartMasking must have shape {self.noise_shape()}, got {tuple(uniform.shape)}'
            )
        noise = [None] * self.num_clips if uniform is None else uniform
        names = tuple(self.layout.parts)
        return MaskDraw(tuple(draw_parts(names, self.num_parts, row) for row in noise))

    def forward(self, draw: MaskDraw, num_frames: int, num_persons: int) -> Tensor:
        """Return the boolean mask of a draw.

        Args:
            draw (MaskDraw): Body parts to hide.
            num_frames (int): Frames of a sequence, ``T``; a multiple of the number of clips.
            num_persons (int): Persons of a sequence, ``M``.

        Returns:
            Tensor: True where a joint is hidden, ``(M, T, V)``, on the CPU.
        """
        if num_frames % self.num_clips:
            raise ValueError(
                f'{num_frames} frames cannot be cut into num_clips={self.num_clips} clips; '
                'change num_clips of the masking or the window of the pipeline'
            )
        if any(not -num_persons <= person < num_persons for person in self.persons):
            raise ValueError(
                f'a sequence has {num_persons} persons, but the masking has persons={self.persons}; '
                'change persons of the masking or num_person of FormatGCNInput'
            )
        hidden = torch.zeros(num_persons, num_frames, self.layout.num_joints, dtype=torch.bool)
        hidden[list(self.persons)] = hidden_joints(self.layout, draw.parts, num_frames)
        return hidden

    def extra_repr(self) -> str:
        return (
            f'layout={self.layout.name!r}, num_clips={self.num_clips}, num_parts={self.num_parts}, '
            f'persons={self.persons}'
        )
