import torch
from mmaction.registry import MODELS


def test_projector():
    projector = MODELS.build(dict(type='Projector', in_channels=12, out_channels=5))
    points = projector(torch.randn(2, 3, 12))
    assert points.shape == (2, 3, 5)
    torch.testing.assert_close(points.norm(dim=2), torch.ones(2, 3))
    assert projector.fc[0].out_features == 12
    assert MODELS.build(dict(type='Projector', in_channels=12, hidden_channels=7)).fc[0].out_features == 7
