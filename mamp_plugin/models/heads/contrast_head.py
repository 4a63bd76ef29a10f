"""Compares queries with their keys and with a queue of others."""

from typing import NamedTuple, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F


class Contrast(NamedTuple):
    """How several batches of queries, ``B``, compare with the keys.

    Args:
        losses (Tensor): InfoNCE of each, ``(B, )``.
        accuracies (Tensor): The share of queries that are closer to their key than to any of the queue, ``(B, )``.
        distillations (Tensor): How far each batch is from relating to the queue as its keys do, ``(B, )``.
    """

    losses: Tensor
    accuracies: Tensor
    distillations: Tensor


@MODELS.register_module()
class ContrastHead(BaseModule):
    """InfoNCE and relational distillation.

    Args:
        temperature (float): By which products are divided in InfoNCE. Defaults to 0.07.
        query_temperature (float): By which those of queries are divided in the distillation. Defaults to 0.1.
        key_temperature (float): By which those of keys are divided in the distillation. Defaults to 0.05.
    """

    def __init__(
        self, temperature: float = 0.07, query_temperature: float = 0.1, key_temperature: float = 0.05
    ) -> None:
        super().__init__()
        if min(temperature, query_temperature, key_temperature) <= 0:
            raise ValueError(
                f'temperatures must be positive, got {temperature}, {query_temperature} and {key_temperature}'
            )
        self.temperature = temperature
        self.query_temperature = query_temperature
        self.key_temperature = key_temperature

    def compare(self, queries: Tensor, keys: Tensor, queue: Tensor) -> Tuple[Tensor, Tensor]:
        """Products with the keys and with the queue.

        Args:
            queries (Tensor): ``(B, N, D)``.
            keys (Tensor): The keys they belong to, ``(B, N, D)``.
            queue (Tensor): Other keys, ``(D, K)``.

        Returns:
            tuple[Tensor]: The logits, ``(B, N, 1 + K)`` with the own key first, and the products with the queue,
            ``(B, N, K)``.
        """
        negatives = queries @ queue
        positives = (queries * keys).sum(dim=2, keepdim=True)
        return torch.cat((positives, negatives), dim=2) / self.temperature, negatives

    def loss(self, queries: Tensor, keys: Tensor, queue: Tensor, distil: bool = True) -> Contrast:
        """Compares batches of queries with their keys, which are not taught by it.

        Args:
            queries (Tensor): ``(B, N, D)``, of length 1.
            keys (Tensor): The keys they belong to, ``(B, N, D)``.
            queue (Tensor): Other keys, ``(D, K)``.
            distil (bool): Whether to look at relations with the queue, too; if not, their losses are 0.
                Defaults to True.

        Returns:
            Contrast: Losses and accuracies of each batch.
        """
        # products of what has length 1 are compared at differences that half precision rounds away
        with torch.autocast(queries.device.type, enabled=False):
            logits, negatives = self.compare(queries, keys, queue)
            first = logits.new_zeros(logits.shape[:2], dtype=torch.long)
            losses = F.cross_entropy(logits.flatten(0, 1), first.flatten(), reduction='none').view_as(first)
            distillations = self._distil(negatives, keys, queue) if distil else torch.zeros_like(losses)
        accuracies = (logits.argmax(dim=2) == 0).float()
        return Contrast(losses.mean(dim=1), accuracies.mean(dim=1), distillations.mean(dim=1))

    def _distil(self, negatives: Tensor, keys: Tensor, queue: Tensor) -> Tensor:
        with torch.no_grad():
            relations = ((keys @ queue) / self.key_temperature).softmax(dim=2)
        log_relations = (negatives / self.query_temperature).log_softmax(dim=2)
        return F.kl_div(log_relations, relations, reduction='none').sum(dim=2)
