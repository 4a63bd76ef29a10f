"""Batches that carry their seed."""

import pickle
import random

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import DataLoader

from mamp_plugin.datasets.mixed_layouts import MixedLayoutBatchSampler, MixedLayoutDataset
from mamp_plugin.engine.seeded_batches import SeededBatch, endless_batches, seed_batches


class Draws:
    """Each sample is its index and a draw of every generator."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index, random.random(), np.random.rand(), torch.rand(1).item()


def loader(sampler=DefaultSampler, **options):
    loader = DataLoader(Draws(), batch_size=3, sampler=sampler(Draws(), seed=1), collate_fn=list, **options)
    return loader, seed_batches(loader, 7)


def test_sending_a_batch_seeds_nothing():
    batch = SeededBatch([4, 2], (0, 1))
    state = torch.get_rng_state()
    sent = pickle.loads(pickle.dumps(batch))
    assert torch.equal(torch.get_rng_state(), state)
    assert sent == [4, 2] and sent.entropy == (0, 1) and list(sent) == [4, 2]
    assert not torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize('options', [{}, dict(num_workers=2), dict(num_workers=2, persistent_workers=True)])
def test_any_worker_and_any_start(options):
    plain, batches = loader()
    expected = []
    for batches.epoch in range(2):
        expected.append(list(plain))
    assert len({sample[1:] for epoch in expected for batch in epoch for sample in batch}) == 20
    other, batches = loader(**options)
    for batches.epoch, batches.start in ((0, 2), (1, 0), (1, 4), (0, 1)):
        assert list(other) == expected[batches.epoch][batches.start :]


@pytest.mark.parametrize('sampler', [DefaultSampler, InfiniteSampler])
@pytest.mark.parametrize('workers', [0, 2])
def test_endless_batches(sampler, workers):
    whole = endless_batches(loader(sampler)[0], 0)
    expected = [next(whole) for _ in range(11)]
    resumed, _ = loader(sampler, num_workers=workers)
    iter(resumed)  # as IterBasedTrainLoop does, whose workers ask for batches at once
    rest = endless_batches(resumed, 6)
    assert [next(rest) for _ in range(11)] == [None] * 6 + expected[6:]


def test_batches_of_mixed_layouts():
    parts = [dict(type='SyntheticSkeletonDataset', layout=layout, indices=8) for layout in ('nturgb+d', 'kinect_v1')]
    dataset = MixedLayoutDataset(parts, pipeline=[])
    loader = DataLoader(dataset, batch_sampler=MixedLayoutBatchSampler(DefaultSampler(dataset, seed=1), batch_size=4))
    expected = list(loader.batch_sampler)
    batches = seed_batches(loader, 7)
    batches.start = 3
    assert len(loader) == 4 and list(batches) == expected[3:]
    assert batches.batch_size == 4 and batches.sampler.seed == 1
