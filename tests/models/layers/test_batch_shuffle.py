"""Shuffle-BN on one rank; tests/models/pretrainers/test_pcm3_distributed.py shuffles across two."""

import torch

from mamp_plugin.models.layers import shuffle_batch, unshuffle_batch


def test_one_rank_keeps_its_batch():
    batch = torch.randn(3, 2)
    shuffled, order = shuffle_batch(batch)
    assert shuffled is batch and order is None
    assert unshuffle_batch(batch, order) is batch
