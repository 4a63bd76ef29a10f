import pytest
import torch
from mmaction.registry import MODELS


def test_pool_averages_joints_and_persons():
    features = torch.randn(3, 2, 6, 5, 4)
    pooled = MODELS.build(dict(type='SequencePool', in_channels=6))(features)
    torch.testing.assert_close(pooled, features.mean(dim=(1, 4)).transpose(1, 2))


def test_pool_keeps_persons_apart():
    features = torch.randn(3, 2, 6, 5, 4)
    pool = MODELS.build(dict(type='SequencePool', in_channels=6, num_persons=2, persons='concat'))
    assert pool.out_channels == 12
    for person in range(2):
        expected = features[:, person].mean(dim=3).transpose(1, 2)
        torch.testing.assert_close(pool(features)[..., 6 * person : 6 * person + 6], expected)


def test_summaries():
    sequence = torch.randn(3, 5, 6)
    last, mean = (MODELS.build(dict(type='SequencePool', in_channels=6, summary=name)) for name in ('last', 'mean'))
    assert torch.equal(last.summarize(sequence), sequence[:, -1])
    torch.testing.assert_close(mean.summarize(sequence), sequence.mean(dim=1))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(in_channels=7), r'features of 7 channels, the backbone gives 6: \(3, 2, 6, 5, 4\)'),
        (dict(in_channels=6, persons='concat'), 'features of 6 channels, the backbone gives 12'),
        (dict(in_channels=6, persons='max'), "persons must be 'mean' or 'concat', got 'max'"),
        (dict(in_channels=6, summary='first'), "summary must be 'last' or 'mean', got 'first'"),
    ],
)
def test_pools_that_do_not_fit(kwargs, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(dict(type='SequencePool', **kwargs))(torch.randn(3, 2, 6, 5, 4))
