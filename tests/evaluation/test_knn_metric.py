"""KNNMetric against scikit-learn, and its errors for unusable samples."""

import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from sklearn.neighbors import KNeighborsClassifier

from mamp_plugin.evaluation import KNNMetric, fit_whitening


def draw(gallery=50, queries=31, width=5, classes=3):
    """Return samples around the mean of their class; the gallery first."""
    labels = torch.randint(0, classes, (gallery + queries,))
    features = torch.randn(classes, width)[labels] + torch.randn(len(labels), width)
    return [
        dict(feature=feature, gt_label=label[None], in_gallery=index < gallery)
        for index, (feature, label) in enumerate(zip(features, labels))
    ]


def evaluate(metric, samples, batch_size=8):
    for start in range(0, len(samples), batch_size):
        metric.process(None, samples[start : start + batch_size])
    return metric.evaluate(len(samples))


def scikit(samples, k):
    def pick(known):
        chosen = [sample for sample in samples if sample['in_gallery'] == known]
        labels = torch.cat([sample['gt_label'] for sample in chosen])
        return torch.stack([sample['feature'] for sample in chosen]).double().numpy(), labels.numpy()

    return KNeighborsClassifier(k, metric='cosine', algorithm='brute').fit(*pick(True)).score(*pick(False))


def test_one_neighbor_equals_scikit_learn_and_every_k_is_reported():
    samples = draw()
    metrics = evaluate(METRICS.build(dict(type='KNNMetric', k=[1, 2, 50])), samples)
    assert list(metrics) == ['knn/acc_k1', 'knn/acc_k2', 'knn/acc_k50']
    assert metrics['knn/acc_k1'] == scikit(samples, 1)
    # of two neighbors with different labels the nearer one wins
    assert metrics['knn/acc_k2'] == metrics['knn/acc_k1'] != metrics['knn/acc_k50']


def test_whitened():
    """Equal to whitening by hand; the direction of the largest variance no longer decides."""
    samples = draw(width=6)
    for sample in samples:
        sample['feature'] = sample['feature'] + torch.randn(()) * torch.tensor([50.0, 0, 0, 0, 0, 0])
    whitening = fit_whitening(torch.stack([sample['feature'] for sample in samples[:50]]), 5)
    by_hand = [dict(sample, feature=whitening(sample['feature'])) for sample in samples]
    expected = evaluate(KNNMetric(k=[1, 5]), by_hand)
    for chunk_size in (7, 1000):
        assert evaluate(KNNMetric(k=[1, 5], whiten=5, chunk_size=chunk_size), samples) == expected
    assert evaluate(KNNMetric(k=[1, 5]), samples) != expected
    with pytest.raises(ValueError, match='keep at most 6'):
        evaluate(KNNMetric(whiten=7), samples)


def test_order_and_chunk_size_change_nothing():
    samples = draw()
    shuffled = [samples[index] for index in torch.randperm(len(samples))]
    expected = evaluate(KNNMetric(k=[1, 6], weights='temperature'), samples)
    for chunk_size, batch_size in ((1, 3), (7, 100), (1000, 1)):
        metric = KNNMetric(k=[1, 6], weights='temperature', chunk_size=chunk_size)
        assert evaluate(metric, samples, batch_size) == expected
        assert evaluate(metric, shuffled, batch_size) == expected  # and no features remain of the previous evaluation


def test_temperature():
    samples = draw()
    cold, hot = (
        evaluate(KNNMetric(k=25, weights='temperature', temperature=temperature), samples)['knn/acc_k25']
        for temperature in (1e-6, 1e6)
    )
    assert cold == scikit(samples, 1) != hot


def test_single_class():
    assert evaluate(KNNMetric(k=[1, 7]), draw(classes=1)) == {'knn/acc_k1': 1.0, 'knn/acc_k7': 1.0}


def test_zero_features_and_features_with_gradients():
    samples = draw()
    samples[0]['feature'] = torch.zeros(5)
    samples[-1]['feature'] = torch.zeros(5, requires_grad=True)
    assert 0 < evaluate(KNNMetric(), samples)['knn/acc_k1'] < 1


def test_evaluator_and_data_samples():
    samples = draw(gallery=2, queries=1)
    data_samples = [ActionDataSample() for _ in samples]
    for data_sample, sample in zip(data_samples, samples):
        data_sample.set_data(sample)
    evaluator = Evaluator(dict(type='mmaction.KNNMetric', prefix='test'))
    assert evaluator.offline_evaluate(data_samples) == {'test/acc_k1': evaluate(KNNMetric(), samples)['knn/acc_k1']}


@pytest.mark.parametrize('missing', ['feature', 'gt_label', 'in_gallery'])
def test_missing_key(missing):
    samples = draw(2, 2)
    del samples[1][missing]
    remedy = dict(feature='test a pretrainer', gt_label='PackActionInputs', in_gallery='use RetrievalDataset')[missing]
    with pytest.raises(ValueError, match=f'needs {missing} in every sample.*{remedy}'):
        evaluate(KNNMetric(), samples)


def test_several_classes_per_sample():
    samples = [dict(sample, gt_label=torch.tensor([0, 1])) for sample in draw(2, 2)]
    with pytest.raises(ValueError, match=r'one class per sample, but gt_label is \[0, 1\]'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize('batch_size', [2, 4])
def test_features_of_different_length(batch_size):
    samples = draw(2, 2)
    samples[3]['feature'] = torch.randn(9)
    samples[2]['feature'] = torch.randn(9)
    with pytest.raises(ValueError, match=r'got shapes \[\(5,\), \(9,\)\]; .* same layer of the same model'):
        evaluate(KNNMetric(), samples, batch_size)


def test_features_that_are_not_vectors():
    samples = [dict(sample, feature=torch.randn(5, 2)) for sample in draw(2, 2)]
    with pytest.raises(ValueError, match=r'must be vectors of one length, got shapes \[\(5, 2\)\]'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_features_that_are_not_finite(value):
    samples = draw(4, 4)
    samples[5]['feature'][2] = value
    with pytest.raises(ValueError, match='1 of 8 features of a batch are NaN or infinite'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize(
    ('gallery', 'queries', 'message'),
    [(0, 3, 'the gallery is empty'), (3, 0, 'there are no queries'), (0, 0, 'the gallery is empty')],
)
def test_empty_gallery_or_queries(gallery, queries, message):
    with pytest.raises(ValueError, match=message):
        evaluate(KNNMetric(), draw(gallery, queries))


def test_k_above_gallery_size():
    with pytest.raises(ValueError, match='k=5 neighbors requested, but the gallery has only 4 samples; lower k'):
        evaluate(KNNMetric(k=[1, 5]), draw(4, 4))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(k=0), 'k must be'),
        (dict(k=[]), 'k must be'),
        (dict(k=[1, 2.5]), 'k must be'),
        (dict(k=True), 'k must be'),
        (dict(weights='distance'), 'weights must be one of'),
        (dict(weights='temperature', temperature=-1), 'temperature must be'),
        (dict(chunk_size=0), 'chunk_size must be'),
        (dict(whiten=0), 'whiten must be'),
    ],
)
def test_invalid_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        KNNMetric(**arguments)


def test_batches_become_chunks_one_after_the_other():
    metric = KNNMetric(chunk_size=7)
    samples = draw(20, 1)
    for start in range(0, 21, 3):
        metric.process(None, samples[start : start + 3])
    batches = metric._batches['gallery']
    assert [len(chunk.labels) for chunk in metric._chunks(batches, 19)] == [6, 6, 6, 1] and not batches
