"""Batches that carry the seed of their random draws, so that training can begin in the middle of an epoch."""

import random
from itertools import islice
from typing import Any, Iterator, List, Sequence, Tuple

import numpy as np
import torch
from mmengine.dataset import InfiniteSampler
from mmengine.device import get_device
from torch.utils.data import DataLoader


def seed_generators(*entropy: int) -> None:
    """Seed the generators of Python, NumPy and PyTorch from several numbers."""
    seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    if get_device() == 'cpu':
        # without an accelerator manual_seed mostly formats a stack trace, in case that one is started later
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


class SeededBatch(list):
    """Indices of a batch that seed the random generators of the process that loads it.

    A data loader, or its worker, goes through the indices of a batch once, when it begins to load the samples. So the
    random draws of a batch are the same in whichever process and after whatever other batch it is loaded.

    Args:
        indices (Sequence[int]): Indices of samples.
        entropy (tuple[int, ...]): Numbers that the seed follows from.
    """

    def __init__(self, indices: Sequence[int], entropy: Tuple[int, ...]) -> None:
        super().__init__(indices)
        self.entropy = entropy

    def __iter__(self) -> Iterator[int]:
        seed_generators(*self.entropy)
        return super().__iter__()

    def __reduce__(self) -> tuple:
        # pickling a list goes through it, but must not seed the process that sends it
        return SeededBatch, (self[:], self.entropy)


class SeededBatchSampler:
    """Batch sampler that adds seeds to the batches of another one and can leave out the first of them.

    Args:
        batch_sampler (Iterable[list[int]]): The batch sampler.
        entropy (tuple[int, ...]): Numbers of the run and rank, which seeds follow from besides epoch and batch number.
    """

    def __init__(self, batch_sampler: Any, entropy: Tuple[int, ...]) -> None:
        self.batch_sampler = batch_sampler
        self.entropy = entropy
        self.epoch = 0
        self.start = 0
        self.sampler = getattr(batch_sampler, 'sampler', None)
        self.batch_size = getattr(batch_sampler, 'batch_size', None)

    def __iter__(self) -> Iterator[List[int]]:
        for number, batch in islice(enumerate(self.batch_sampler), self.start, None):
            yield SeededBatch(batch, (*self.entropy, self.epoch, number))

    def __len__(self) -> int:
        """Number of batches of a whole epoch."""
        return len(self.batch_sampler)


def seed_batches(loader: DataLoader, *entropy: int) -> SeededBatchSampler:
    """Let a data loader seed each batch, and return its batch sampler."""
    batches = loader.batch_sampler
    if not isinstance(batches, SeededBatchSampler):
        batches = SeededBatchSampler(batches, entropy)
        # not by assignment, which PyTorch forbids; iterators read the attribute when they are made
        vars(loader)['batch_sampler'] = batches
    batches.entropy = entropy
    return batches


def endless_batches(loader: DataLoader, done: int) -> Iterator[Any]:
    """Yield the batches of an iteration-based run, and None in place of those that were trained with.

    Args:
        loader (DataLoader): Data loader with a :class:`SeededBatchSampler`.
        done (int): Number of batches that the run was trained with before.
    """
    for _ in range(done):
        yield None
    batches, sampler = loader.batch_sampler, loader.batch_sampler.sampler
    # iterators made before have asked for batches
    loader._iterator = None
    if isinstance(sampler, InfiniteSampler):
        sampler.indices = sampler._indices_of_rank()
        batches.epoch, batches.start = 0, done
    else:
        batches.epoch, batches.start = divmod(done, len(loader))
    while True:
        if hasattr(sampler, 'set_epoch'):
            sampler.set_epoch(batches.epoch)
        # for samplers that shuffle by the generator of the process
        seed_generators(*batches.entropy, batches.epoch)
        yield from loader
        batches.epoch, batches.start = batches.epoch + 1, 0
