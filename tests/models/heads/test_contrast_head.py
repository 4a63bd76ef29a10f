import pytest
import torch
from mmaction.registry import MODELS
from torch.nn import functional as F


def build(**kwargs):
    return MODELS.build(dict(type='ContrastHead', **kwargs))


def draw(batches=3, samples=5, dims=8, size=20):
    queries, keys = (F.normalize(torch.randn(batches, samples, dims), dim=2) for _ in range(2))
    return queries.requires_grad_(), keys, F.normalize(torch.randn(dims, size), dim=0)


@pytest.mark.parametrize('temperatures', [(0.07, 0.1, 0.05), (0.2, 0.3, 0.4)])
def test_equals_the_textbook(temperatures):
    queries, keys, queue = draw()
    names = ('temperature', 'query_temperature', 'key_temperature')
    contrast = build(**dict(zip(names, temperatures))).loss(queries, keys, queue)
    for batch in range(3):
        losses, hits, relations = [], [], []
        for query, key in zip(queries[batch], keys[batch]):
            products = torch.cat(((query @ key).view(1), query @ queue))
            losses.append(-(products / temperatures[0]).softmax(0)[0].log())
            hits.append(float(products[0] > products[1:].max()))
            theirs = (key @ queue / temperatures[2]).softmax(0)
            relations.append((theirs * (theirs / (query @ queue / temperatures[1]).softmax(0)).log()).sum())
        torch.testing.assert_close(contrast.losses[batch], sum(losses) / 5)
        torch.testing.assert_close(contrast.distillations[batch], sum(relations) / 5)
        assert contrast.accuracies[batch] == pytest.approx(sum(hits) / 5)


def test_keys_get_no_gradient():
    queries, keys, queue = draw()
    keys.requires_grad_()
    contrast = build().loss(queries, keys, queue)
    assert torch.autograd.grad(contrast.distillations.sum(), keys, allow_unused=True, retain_graph=True) == (None,)


def test_queries_equal_to_their_keys():
    _, keys, queue = draw()
    contrast = build(query_temperature=0.05).loss(keys, keys, queue)
    assert contrast.accuracies.tolist() == [1, 1, 1]
    torch.testing.assert_close(contrast.distillations, torch.zeros(3), atol=1e-6, rtol=0)


def test_without_distillation():
    contrast = build().loss(*draw(), distill=False)
    assert contrast.distillations.tolist() == [0, 0, 0]


def test_logits_are_fp32_under_autocast():
    data = draw()
    expected = build().loss(*data)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(build().loss(*data).losses, expected.losses)


def test_wrong_temperature():
    with pytest.raises(ValueError, match='temperatures must be positive, got 0.07, 0 and 0.05'):
        build(query_temperature=0)
