"""Learned vectors that tell the encoder and the decoder what they are asked for."""

from typing import NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

from .xavier_module import XavierModule

#: What an encoder can be given: a view as it is, a masked, a predicted or a mixed one.
DOMAINS = ('base', 'mask', 'recons', 'mix')


class PromptOffsets(NamedTuple):
    """Where the task prompt is added, for each of its uses."""

    query: int = 0
    prediction: int = 0
    masked: int = 0
    recons: int = 0
    mix: int = 0
    key: int = 0


def add_task_prompt(features: Tensor, prompt: Tensor, offset: int) -> Tensor:
    """Adds one half of a prompt to each half of the channels.

    Args:
        features (Tensor): Features, ``(..., D)``.
        prompt (Tensor): The prompt, ``(1, P)``.
        offset (int): From which channel of either half on.

    Returns:
        Tensor: ``(..., D)``.
    """
    half = features.size(-1) // 2
    width = prompt.size(1) // 2
    spread = nn.functional.pad(prompt.view(2, width), (offset, half - offset - width))
    return features + spread.flatten()


class NoPrompts(nn.Module):
    """A model without prompts: everything stays as it is."""

    def draw(self) -> PromptOffsets:
        """Where the task prompt is to be added."""
        return PromptOffsets()

    def on_view(self, view: Tensor, domain: str) -> Tensor:
        """Prompts a view ``(N, M, T, V, C)`` before it is encoded."""
        return view

    def on_norm(self, domain: str) -> Optional[Tensor]:
        """What to add to the normalised frames of a view, ``(F, )``."""
        return None

    def on_summary(self, summary: Tensor, offset: int) -> Tensor:
        """Asks for contrast: ``(N, D)`` to ``(N, D)``."""
        return summary

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        """Asks for prediction: ``(N, T', D)`` to ``(N, T', D)``."""
        return sequence

    def on_decoder_norm(self) -> Optional[Tensor]:
        """What to add to the normalised features inside the decoder, ``(H, )``."""
        return None


class PromptsBeforeNorm(NoPrompts, XavierModule):
    """Prompts as in the released implementation: what goes into a batch norm carries them.

    In training, a batch norm takes out what is the same in all its rows: only ``cl`` has an effect and a gradient.

    Args:
        frame_shape (tuple[int]): Persons, joints and coordinates of a frame, ``(M, V, C)``.
        channels (int): Channels of a feature, ``D``.
        task_dims (int): Length of a task prompt, ``P``. Defaults to 256.
    """

    def __init__(self, frame_shape: Tuple[int, int, int], channels: int, task_dims: int = 256) -> None:
        super().__init__()
        if task_dims % 2 or task_dims > channels or channels % 2:
            raise ValueError(
                f'a task prompt is added to both halves of the {channels} channels of a feature; '
                f'task_prompt_dims={task_dims} must be even and no more than that'
            )
        self.frame_shape = frame_shape
        self.num_offsets = max((channels - task_dims) // 2, 1)
        values = frame_shape[0] * frame_shape[1] * frame_shape[2]
        for domain in DOMAINS:
            setattr(self, domain, nn.Parameter(torch.zeros(1, 1, values)))
        self.cl = nn.Parameter(torch.zeros(1, task_dims))
        self.mp = nn.Parameter(torch.zeros(1, task_dims))

    def draw(self) -> PromptOffsets:
        return PromptOffsets(*torch.randint(self.num_offsets, (len(PromptOffsets._fields),)).tolist())

    def on_view(self, view: Tensor, domain: str) -> Tensor:
        persons, joints, coordinates = self.frame_shape
        frame = getattr(self, domain).view(joints, coordinates, persons)
        return view + frame.permute(2, 0, 1).unsqueeze(1)

    def on_summary(self, summary: Tensor, offset: int) -> Tensor:
        return add_task_prompt(summary, self.cl, offset)

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        return add_task_prompt(sequence, self.mp, offset)


class PromptsAfterNorm(PromptsBeforeNorm):
    """Prompts as in the paper: what comes out of a batch norm carries them, so that all of them are learned.

    Args:
        frame_shape (tuple[int]): Persons, joints and coordinates of a frame, ``(M, V, C)``.
        channels (int): Channels of a feature, ``D``.
        decoder_dims (int): Channels inside the decoder.
        task_dims (int): Length of the task prompt of contrast. Defaults to 256.
    """

    def __init__(
        self, frame_shape: Tuple[int, int, int], channels: int, decoder_dims: int, task_dims: int = 256
    ) -> None:
        super().__init__(frame_shape, channels, task_dims)
        del self.mp
        self.decoder = nn.Parameter(torch.zeros(1, decoder_dims))

    def on_view(self, view: Tensor, domain: str) -> Tensor:
        return view

    def on_norm(self, domain: str) -> Optional[Tensor]:
        return getattr(self, domain).flatten()

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        return sequence

    def on_decoder_norm(self) -> Optional[Tensor]:
        return self.decoder.flatten()
