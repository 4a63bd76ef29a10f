"""Mixing of each sequence of a batch with another one: CutMix, ResizeMix and Mixup of skeletons."""

from typing import NamedTuple, Optional, Tuple, cast

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from mamp_plugin.masking import draw_parts
from mamp_plugin.skeletons import LayoutLike, get_layout


class MixDraw(NamedTuple):
    """Random choices of one mix, the same for all samples of a batch.

    Args:
        mode (str): 'cut' replaces body parts for a span of time by the partner's; 'resize' takes them from twice the
            time, played at double speed; 'mixup' interpolates everything.
        shift (int): Distance of the partner within the batch.
        parts (tuple[str]): Names of the body parts to replace, of all persons.
        span (int): Length of the replaced time, in blocks of frames.
        start (int): First replaced block.
        share (float, optional): Weight of the partner in a 'mixup'.
    """

    mode: str
    shift: int
    parts: Tuple[str, ...]
    span: int
    start: int
    share: Optional[float] = None


def draw_between(low: int, high: int) -> int:
    """Draw an integer between ``low`` and ``high``, both included."""
    return int(torch.randint(low, high + 1, ()))


def partners(batch: Tensor, shift: int) -> Tensor:
    """Return the partner of every sample of a batch ``(N, ...)``."""
    return batch.roll(-shift, dims=0)


@MODELS.register_module()
class ViewMixing(BaseModule):
    """Mix of every sample with a partner of its batch, with the same random choices for the whole batch.

    Args:
        layout (str or dict): Skeleton layout, which defines the body parts: name, dict or JSON file.
        block_frames (int): Frames per block; divides the frames of a sequence. Defaults to 4.
        span (tuple[int]): Smallest and largest number of replaced blocks. Defaults to (7, 11).
        num_parts (tuple[int]): Smallest and largest number of replaced body parts. Defaults to (2, 3).
    """

    def __init__(
        self,
        layout: LayoutLike,
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
        """Draw the random choices of one mix.

        The partner is neither the sample itself nor its predecessor in the batch. In a batch of two, each is the
        partner of the other; in a batch of one, the sample is its own.

        Args:
            num_samples (int): Batch size, ``N``.
            num_frames (int): Frames of a sequence, ``T``.

        Returns:
            MixDraw: The choices.
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
        """Mix a batch.

        Args:
            view (Tensor): Sequences, ``(N, M, T, V, C)``.
            draw (MixDraw): Random choices of :meth:`draw`.

        Returns:
            tuple: The mixed sequences, and the share of them that is the partner's.
        """
        blocks = self._num_blocks(view.size(2))
        partner = partners(view, draw.shift)
        if draw.mode == 'mixup':
            share = cast(float, draw.share)
            return view.lerp(partner, share), share
        length, start = draw.span * self.block_frames, draw.start * self.block_frames
        if draw.mode == 'cut':
            source = torch.arange(start, start + length)
        else:
            source = torch.arange(length) * min(2 * length, view.size(2)) // length
        joints = torch.tensor(self.layout.joints_of(draw.parts), dtype=torch.long, device=view.device)
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
