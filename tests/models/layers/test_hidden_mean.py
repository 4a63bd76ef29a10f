import pytest
import torch

from mamp_plugin.models.layers import hidden_mean


def test_mean_over_hidden_tokens():
    error, ids_keep = torch.rand(2, 6), torch.tensor([[0, 3], [5, 1]])
    expected = torch.cat((error[0, [1, 2, 4, 5]], error[1, [0, 2, 3, 4]])).mean()
    torch.testing.assert_close(hidden_mean(error, ids_keep), expected)


def test_nothing_hidden():
    with pytest.raises(ValueError, match='no token is hidden, so there is nothing to predict; raise the mask ratio'):
        hidden_mean(torch.rand(1, 6), torch.arange(6)[None])
