"""Batch norm on one rank; tests/models/pretrainers/test_pcm3_distributed.py runs it on two."""

import pytest
import torch
from torch import nn

from mamp_plugin.models.layers import CrossRankBatchNorm


@pytest.mark.parametrize('training', [True, False])
def test_one_rank_equals_batch_norm(training):
    ours, theirs = CrossRankBatchNorm(6).train(training), nn.BatchNorm1d(6).train(training)
    x = 3 + 2 * torch.randn(5, 6)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=0)
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=0, atol=0)


def test_sync_batch_norm_takes_its_place():
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(CrossRankBatchNorm(6)))
    assert isinstance(converted[0], nn.SyncBatchNorm)
