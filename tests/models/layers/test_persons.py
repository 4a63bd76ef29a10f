import pytest
import torch

from mamp_plugin.models.layers import pad_persons


def test_absent_persons_are_zeros_behind_the_present_ones():
    x = torch.randn(2, 3, 1, 4, 5, 3)
    padded = pad_persons(x, 2)
    assert torch.equal(padded, torch.cat((x, torch.zeros_like(x)), dim=2))
    assert pad_persons(padded, 2) is padded


def test_too_many_persons():
    with pytest.raises(ValueError, match='built for 2 persons, got 3; set num_persons of the backbone'):
        pad_persons(torch.randn(2, 3, 4, 5, 3), 2)
