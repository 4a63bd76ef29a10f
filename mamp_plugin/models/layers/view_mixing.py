"""Mixing every sequence of a batch with another one."""

from typing import NamedTuple, Optional, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from mamp_plugin.masking import draw_parts
from mamp_plugin.skeletons import get_layout


class MixDraw(NamedTuple):
    """How the samples of a batch are mixed.

    Args:
        mode (str): 'cut' takes body parts from the partner for some time, 'resize' does so from twice the time, played
            at double speed, and 'mixup' averages everything.
        shift (int): How far the partner of each sample is down the batch.
        parts (tuple[str]): The names of the body parts to replace, of all persons.
        span (int): For how many blocks of frames.
        start (int): From which block on.
        share (float, optional): The partner's share in a 'mixup'.
    """

    mode: str
    shift: int
    parts: Tuple[str, ...]
    span: int
    start: int
    share: Optional[float] = None


def draw_between(low: int, high: int) -> int:
    """A whole number, both ends included."""
    return int(torch.randint(low, high + 1, ()))


def partners(batch: Tensor, shift: int) -> Tensor:
    """The partner of every sample of a batch ``(N, ...)``."""
    return batch.roll(-shift, dims=0)


@MODELS.register_module()
class ViewMixing(BaseModule):
    """Mixes every sample with its partner, in the same way for the whole batch.

    Args:
        layout (str): Name of the skeleton layout; says which joints make a body part.
        block_frames (int): Frames per block; divides the frames of a sequence. Defaults to 4.
        span (tuple[int]): How many blocks at least and at most are replaced. Defaults to (7, 11).
        num_parts (tuple[int]): How many body parts at least and at most are replaced. Defaults to (2, 3).
    """

    def __init__(
        self,
        layout: str,
        block_frames: int = 4,
        span: Tuple[int, int] = (7, 11),
        num_parts: Tuple[int, int] = (2, 3),
    ) -> None:
        super().__init__()
        self.layout = get_layout(layout)
        if not 1 <= num_parts[0] <= num_parts[1] <= len(self.layout.parts):
            raise ValueError(f'num_parts must be two numbers from 1 to {len(self.layout.parts)}, got {num_parts}')
        if not 1 <= span[0] <= span[1]:
            raise ValueError(f'span must be the least and the largest number of blocks, got {span}')
        self.block_frames = block_frames
        self.span = tuple(span)
        self.num_parts = tuple(num_parts)

    def draw(self, num_samples: int, num_frames: int) -> MixDraw:
        """Chooses how to mix.

        The partner is neither the sample itself nor the one before it in the batch. Of two samples each is the
        other's partner, a single one is its own.
        """
        blocks = self._num_blocks(num_frames)
        parts = draw_parts(tuple(self.layout.parts), draw_between(*self.num_parts))
        span = draw_between(*self.span)
        chance = float(torch.rand(()))
        return MixDraw(
            mode='cut' if chance > 0.5 else 'resize' if chance > 0.25 else 'mixup',
            shift=draw_between(1, num_samples - 2) if num_samples > 2 else num_samples - 1,
            parts=parts,
            span=span,
            start=draw_between(0, blocks - span),
            share=float(torch.rand(())) if chance <= 0.25 else None,
        )

    @torch.no_grad()
    def forward(self, view: Tensor, draw: MixDraw) -> Tuple[Tensor, float]:
        """Mixes a batch.

        Args:
            view (Tensor): Sequences, ``(N, M, T, V, C)``.
            draw (MixDraw): How to mix them.

        Returns:
            tuple: The mixed sequences, and the partner's share in them.
        """
        blocks = self._num_blocks(view.size(2))
        partner = partners(view, draw.shift)
        if draw.mode == 'mixup':
            return view.lerp(partner, draw.share), draw.share
        joints = self.layout.joints_of(draw.parts)
        length, start = draw.span * self.block_frames, draw.start * self.block_frames
        if draw.mode == 'cut':
            source = torch.arange(start, start + length)
        else:
            source = torch.arange(length) * min(2 * length, view.size(2)) // length
        joints = torch.tensor(joints, device=view.device)
        source = source.to(view.device).unsqueeze(1)
        mixed = view.clone()
        mixed[:, :, start : start + length].index_copy_(3, joints, partner[:, :, source, joints])
        return mixed, draw.span * len(joints) / (blocks * self.layout.num_joints)

    def _num_blocks(self, num_frames: int) -> int:
        blocks, rest = divmod(num_frames, self.block_frames)
        if rest or blocks < self.span[1]:
            raise ValueError(
                f'{num_frames} frames cannot be mixed in blocks of block_frames={self.block_frames} with '
                f'span={self.span}; change the mixing or the window of the pipeline'
            )
        return blocks
