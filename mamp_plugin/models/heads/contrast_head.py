"""Contrastive losses of PCM3: InfoNCE and relational distillation."""

from typing import NamedTuple, Tuple

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor
from torch.nn import functional as F


class Contrast(NamedTuple):
    """Results of contrasting ``B`` batches of queries with their keys.

    Args:
        losses (Tensor): InfoNCE of each batch, ``(B, )``.
        accuracies (Tensor): Share of the queries that are closer to their key than to any negative, ``(B, )``.
        distillations (Tensor): KL divergence of the queries' similarities to the queue from the keys', ``(B, )``.
    """

    losses: Tensor
    accuracies: Tensor
    distillations: Tensor


@MODELS.register_module()
class ContrastHead(BaseModule):
    """InfoNCE and relational distillation against a memory queue.

    Args:
        temperature (float): Temperature of InfoNCE. Defaults to 0.07.
        query_temperature (float): Temperature of the queries in the distillation. Defaults to 0.1.
        key_temperature (float): Temperature of the keys in the distillation. Defaults to 0.05.
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
        """Return cosine similarities of queries with keys and negatives.

        Args:
            queries (Tensor): L2-normalized queries, ``(B, N, D)``.
            keys (Tensor): Positive key of each query, ``(B, N, D)``.
            queue (Tensor): Negative keys, ``(D, K)``.

        Returns:
            tuple[Tensor]: Logits with the positive first, ``(B, N, 1 + K)``, and the similarities with the queue, not
            divided by the temperature, ``(B, N, K)``.
        """
        negatives = queries @ queue
        positives = (queries * keys).sum(dim=2, keepdim=True)
        return torch.cat((positives, negatives), dim=2) / self.temperature, negatives

    def loss(self, queries: Tensor, keys: Tensor, queue: Tensor, distill: bool = True) -> Contrast:
        """Contrast batches of queries with their keys, which get no gradient.

        Args:
            queries (Tensor): L2-normalized queries, ``(B, N, D)``.
            keys (Tensor): Positive key of each query, ``(B, N, D)``.
            queue (Tensor): Negative keys, ``(D, K)``.
            distill (bool): Compute the relational distillation; without it, its losses are 0. Defaults to True.

        Returns:
            Contrast: Losses and accuracies of each batch.
        """
        # cosine logits need fp32: their differences vanish in half precision
        with torch.autocast(queries.device.type, enabled=False):
            logits, negatives = self.compare(queries, keys, queue)
            first = logits.new_zeros(logits.shape[:2], dtype=torch.long)
            losses = F.cross_entropy(logits.flatten(0, 1), first.flatten(), reduction='none').view_as(first)
            distillations = self._distill(negatives, keys, queue) if distill else torch.zeros_like(losses)
        accuracies = (logits.argmax(dim=2) == 0).float()
        return Contrast(losses.mean(dim=1), accuracies.mean(dim=1), distillations.mean(dim=1))

    def _distill(self, negatives: Tensor, keys: Tensor, queue: Tensor) -> Tensor:
        with torch.no_grad():
            relations = ((keys @ queue) / self.key_temperature).softmax(dim=2)
        log_relations = (negatives / self.query_temperature).log_softmax(dim=2)
        return F.kl_div(log_relations, relations, reduction='none').sum(dim=2)
