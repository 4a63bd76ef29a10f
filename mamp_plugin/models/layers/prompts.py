"""Domain and task prompts of PCM3."""

from typing import NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

from .initialization import XavierModule

#: Domains of the encoder's input: a plain, a masked, a predicted and a mixed view.
DOMAINS = ('base', 'mask', 'recons', 'mix')


class PromptOffsets(NamedTuple):
    """First channel that a task prompt is added to, per use."""

    query: int = 0
    prediction: int = 0
    masked: int = 0
    recons: int = 0
    mix: int = 0
    key: int = 0


def add_task_prompt(features: Tensor, prompt: Tensor, offset: int) -> Tensor:
    """Add one half of a prompt to each half of the channels.

    Args:
        features (Tensor): Features, ``(..., D)``.
        prompt (Tensor): The prompt, ``(1, P)``.
        offset (int): First channel, within either half.

    Returns:
        Tensor: ``(..., D)``.
    """
    half = features.size(-1) // 2
    width = prompt.size(1) // 2
    spread = nn.functional.pad(prompt.view(2, width), (offset, half - offset - width))
    return features + spread.flatten()


class NoPrompts(nn.Module):
    """Placeholder for a model without prompts: every method is the identity."""

    def draw(self) -> PromptOffsets:
        """Draw the offsets of the task prompts."""
        return PromptOffsets()

    def on_view(self, view: Tensor, domain: str) -> Tensor:
        """Add the domain prompt to a view ``(N, M, T, V, C)``, in front of the encoder."""
        return view

    def on_norm(self, domain: str) -> Optional[Tensor]:
        """Return the domain prompt to add behind the encoder's input norm, ``(F, )``, or None."""
        return None

    def on_summary(self, summary: Tensor, offset: int) -> Tensor:
        """Add the task prompt of contrast to features ``(N, D)``."""
        return summary

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        """Add the task prompt of prediction to sequences ``(N, T', D)``."""
        return sequence

    def on_decoder_norm(self) -> Optional[Tensor]:
        """Return the task prompt to add behind the decoder's norm, ``(H, )``, or None."""
        return None


class PromptsBeforeNorm(NoPrompts, XavierModule):
    """Prompts in front of batch norms, as in the released implementation.

    A batch norm in training mode cancels what is the same in all rows of its batch, so that only ``cl`` has an effect
    and a gradient.

    Args:
        frame_shape (tuple[int]): Persons, joints and coordinates of a frame, ``(M, V, C)``.
        channels (int): Channels of a feature, ``D``.
        task_dims (int): Length of a task prompt, ``P``. Defaults to 256.
    """

    def __init__(self, frame_shape: Tuple[int, int, int], channels: int, task_dims: int = 256) -> None:
        super().__init__()
        if task_dims % 2 or task_dims > channels or channels % 2:
            raise ValueError(
                f'task_prompt_dims={task_dims} must be even and at most the {channels} channels of a feature, '
                'which must be even too; change task_prompt_dims of PCM3'
            )
        self.frame_shape = frame_shape
        self.num_offsets = max((channels - task_dims) // 2, 1)
        values = frame_shape[0] * frame_shape[1] * frame_shape[2]
        for domain in DOMAINS:
            self.register_parameter(domain, nn.Parameter(torch.zeros(1, 1, values)))
        self.cl = nn.Parameter(torch.zeros(1, task_dims))
        self.mp = nn.Parameter(torch.zeros(1, task_dims))

    def draw(self) -> PromptOffsets:
        return PromptOffsets(*torch.randint(self.num_offsets, (len(PromptOffsets._fields),)).tolist())

    def on_view(self, view: Tensor, domain: str) -> Tensor:
        persons, joints, coordinates = self.frame_shape
        frame = self.get_parameter(domain).view(joints, coordinates, persons)
        return view + frame.permute(2, 0, 1).unsqueeze(1)

    def on_summary(self, summary: Tensor, offset: int) -> Tensor:
        return add_task_prompt(summary, self.cl, offset)

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        return add_task_prompt(sequence, self.mp, offset)


class PromptsAfterNorm(PromptsBeforeNorm):
    """Prompts behind batch norms, as the paper describes them; all of them are learned.

    Args:
        frame_shape (tuple[int]): Persons, joints and coordinates of a frame, ``(M, V, C)``.
        channels (int): Channels of a feature, ``D``.
        decoder_dims (int): Channels of the decoder's norm.
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
        return self.get_parameter(domain).flatten()

    def on_sequence(self, sequence: Tensor, offset: int) -> Tensor:
        return sequence

    def on_decoder_norm(self) -> Optional[Tensor]:
        return self.decoder.flatten()
