"""What is stored comes back, in blocks that do not move."""

import pytest
import torch
from torch.nn import functional as F

from mamp_plugin.evaluation.feature_bank import FeatureBank, parts_of_all


def fill(bank, sizes=(3, 0, 5, 1, 8)):
    features, labels, positions = torch.randn(17, 4), torch.randint(0, 9, (17,)), torch.arange(17) * 2
    for batch in zip(features.split(sizes), labels.split(sizes), positions.split(sizes)):
        bank.add(*batch)
    return F.normalize(features, dim=1), labels, positions


@pytest.mark.parametrize('block_size', [1, 2, 5, 17, 100])
def test_batches_come_back_in_blocks(block_size):
    bank = FeatureBank(block_size)
    expected = fill(bank)
    parts = bank.parts(100)
    assert [len(part.labels) for part in parts[:-1]] == [block_size] * (len(parts) - 1)
    for tensors, whole in zip(zip(*parts), expected):
        assert torch.equal(torch.cat(tensors), whole)


@pytest.mark.parametrize('end', [0, 1, 9, 20, 21])
def test_positions_from_the_end_on_are_left_out(end):
    bank = FeatureBank(5)
    fill(bank)
    kept = [position for part in bank.parts(end) for position in part.positions.tolist()]
    assert kept == list(range(0, end, 2))


def test_blocks_stay_where_they_are():
    bank = FeatureBank(4)
    bank.add(torch.randn(1, 3), torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64))
    (before,) = bank.parts(1)
    fill_up = torch.arange(1, 40)
    bank.add(torch.randn(39, 3), fill_up, fill_up)
    parts = bank.parts(40)
    assert parts[0].features.data_ptr() == before.features.data_ptr()
    assert len({part.features.untyped_storage().data_ptr() for part in parts}) == 10


def test_half_precision_is_stored_as_single():
    bank = FeatureBank(4)
    features = torch.randn(2, 3)
    bank.add(features.bfloat16(), torch.arange(2), torch.arange(2))
    (part,) = bank.parts(2)
    assert torch.equal(part.features, F.normalize(features.bfloat16().float(), dim=1))


def test_one_process_sees_its_own_parts():
    bank = FeatureBank(5)
    fill(bank)
    parts = bank.parts(100)
    seen = list(parts_of_all(parts, [17], 5, 4, torch.device('cpu')))
    assert len(seen) == 4 and all(one is other for one, other in zip(seen, parts))
