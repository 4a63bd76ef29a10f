"""The metric against scikit-learn, and what it says to samples it cannot use."""

import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from sklearn.neighbors import KNeighborsClassifier

from mamp_plugin.evaluation import KNNMetric


def draw(gallery=50, queries=31, width=5, classes=3):
    """Samples that the features of their class surround; the gallery first."""
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


def test_one_neighbour_is_scikit_learns_and_every_k_is_reported():
    samples = draw()
    metrics = evaluate(METRICS.build(dict(type='KNNMetric', k=[1, 2, 50])), samples)
    assert list(metrics) == ['knn/acc_k1', 'knn/acc_k2', 'knn/acc_k50']
    assert metrics['knn/acc_k1'] == scikit(samples, 1)
    # of two neighbours that differ the nearer one is right
    assert metrics['knn/acc_k2'] == metrics['knn/acc_k1'] != metrics['knn/acc_k50']


def test_order_and_chunks_change_nothing():
    samples = draw()
    shuffled = [samples[index] for index in torch.randperm(len(samples))]
    expected = evaluate(KNNMetric(k=[1, 6], weights='temperature'), samples)
    for chunk_size, batch_size in ((1, 3), (7, 100), (1000, 1)):
        metric = KNNMetric(k=[1, 6], weights='temperature', chunk_size=chunk_size)
        assert evaluate(metric, samples, batch_size) == expected
        assert evaluate(metric, shuffled, batch_size) == expected  # and nothing is left of the time before


def test_the_temperature_matters():
    samples = draw()
    cold, hot = (
        evaluate(KNNMetric(k=25, weights='temperature', temperature=temperature), samples)['knn/acc_k25']
        for temperature in (1e-6, 1e6)
    )
    assert cold == scikit(samples, 1) != hot


def test_one_class_is_always_right():
    assert evaluate(KNNMetric(k=[1, 7]), draw(classes=1)) == {'knn/acc_k1': 1.0, 'knn/acc_k7': 1.0}


def test_zeros_and_features_with_gradients_are_allowed():
    samples = draw()
    samples[0]['feature'] = torch.zeros(5)
    samples[-1]['feature'] = torch.zeros(5, requires_grad=True)
    assert 0 < evaluate(KNNMetric(), samples)['knn/acc_k1'] < 1


def test_an_evaluator_hands_over_data_samples():
    samples = draw(gallery=2, queries=1)
    data_samples = [ActionDataSample() for _ in samples]
    for data_sample, sample in zip(data_samples, samples):
        data_sample.set_data(sample)
    evaluator = Evaluator(dict(type='mmaction.KNNMetric', prefix='test'))
    assert evaluator.offline_evaluate(data_samples) == {'test/acc_k1': evaluate(KNNMetric(), samples)['knn/acc_k1']}


@pytest.mark.parametrize('missing', ['feature', 'gt_label', 'in_gallery'])
def test_what_a_sample_lacks_is_named(missing):
    samples = draw(2, 2)
    del samples[1][missing]
    remedy = dict(feature='test a pretrainer', gt_label='PackActionInputs', in_gallery='RetrievalDataset')[missing]
    with pytest.raises(ValueError, match=f'needs {missing} in every sample.*{remedy}'):
        evaluate(KNNMetric(), samples)


def test_samples_of_several_classes_are_refused():
    samples = [dict(sample, gt_label=torch.tensor([0, 1])) for sample in draw(2, 2)]
    with pytest.raises(ValueError, match=r'one class per sample, but gt_label is \[0, 1\]'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize('batch_size', [2, 4])
def test_features_of_different_width_are_named(batch_size):
    samples = draw(2, 2)
    samples[3]['feature'] = torch.randn(9)
    samples[2]['feature'] = torch.randn(9)
    with pytest.raises(ValueError, match=r'gallery: \[\(5,\)\], queries: \[\(9,\)\].*same layer of the same model'):
        evaluate(KNNMetric(), samples, batch_size)


def test_features_that_are_no_vectors_are_refused():
    samples = [dict(sample, feature=torch.randn(5, 2)) for sample in draw(2, 2)]
    with pytest.raises(ValueError, match=r'must be a vector.*gallery: \[\(5, 2\)\]'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_features_that_are_no_numbers_are_refused(value):
    samples = draw(4, 4)
    samples[5]['feature'][2] = value
    with pytest.raises(ValueError, match=r'1 of 4 features of a batch \(queries\) are NaN or infinite'):
        evaluate(KNNMetric(), samples)


@pytest.mark.parametrize(('gallery', 'queries', 'empty'), [(0, 3, 'gallery'), (3, 0, 'queries'), (0, 0, 'gallery')])
def test_both_sides_are_needed(gallery, queries, empty):
    with pytest.raises(ValueError, match=f'no samples of the {empty}'):
        evaluate(KNNMetric(), draw(gallery, queries))


def test_more_neighbours_than_there_are():
    with pytest.raises(ValueError, match='k=5 neighbours are asked for, but the gallery has only 4 samples; lower k'):
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
    ],
)
def test_arguments_that_cannot_be_meant(arguments, message):
    with pytest.raises(ValueError, match=message):
        KNNMetric(**arguments)
