"""Pooling of the features of any backbone to one feature per step."""

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor


@MODELS.register_module()
class SequencePool(BaseModule):
    """Pooling over joints and persons, and the summary of a sequence.

    The pretrainer fills in ``in_channels`` and ``num_persons``.

    Args:
        in_channels (int): Channels of the backbone's features, ``D``.
        num_persons (int): Persons that the backbone encodes alone, ``M``; 1 if it merges them. Matters for 'concat'
            only. Defaults to 1.
        persons (str): 'mean' averages over persons, 'concat' concatenates their channels. Defaults to 'mean'.
        summary (str): Feature of a whole sequence: its 'last' step, for recurrent backbones, or the 'mean' over its
            steps. Defaults to 'last'.
    """

    def __init__(self, in_channels: int, num_persons: int = 1, persons: str = 'mean', summary: str = 'last') -> None:
        super().__init__()
        if persons not in ('mean', 'concat'):
            raise ValueError(f"persons must be 'mean' or 'concat', got {persons!r}")
        if summary not in ('last', 'mean'):
            raise ValueError(f"summary must be 'last' or 'mean', got {summary!r}")
        self.in_channels = in_channels
        self.out_channels = in_channels * (num_persons if persons == 'concat' else 1)
        self.persons = persons
        self.summary = summary

    def forward(self, features: Tensor) -> Tensor:
        """Pool features.

        Args:
            features (Tensor): Features of a backbone, ``(N, M, D, T', V')``.

        Returns:
            Tensor: One feature per step, ``(N, T', D)``, or ``(N, T', M * D)`` with 'concat'.
        """
        x = features.mean(dim=4)
        x = x.flatten(1, 2) if self.persons == 'concat' else x.mean(dim=1)
        if x.size(1) != self.out_channels:
            raise ValueError(
                f'the pool is built for features of {self.out_channels} channels, the backbone gives {x.size(1)}: '
                f"{tuple(features.shape)} as (N, M, D, T', V'); set in_channels and num_persons of the pool"
            )
        return x.transpose(1, 2)

    def summarize(self, sequence: Tensor) -> Tensor:
        """Return the feature of a whole sequence: ``(N, T', D)`` to ``(N, D)``."""
        return sequence[:, -1] if self.summary == 'last' else sequence.mean(dim=1)
