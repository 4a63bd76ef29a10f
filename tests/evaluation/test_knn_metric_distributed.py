"""KNNMetric on two ranks equals KNNMetric on one."""

import pytest
import torch
from mmengine.dataset import DefaultSampler
from torch import distributed, multiprocessing

from mamp_plugin.evaluation import KNNMetric

#: Sizes of gallery and queries. The sampler repeats a sample if their sum is odd; some leave a rank without gallery
#: samples or without queries.
SIZES = [(20, 14), (20, 13), (21, 12), (1, 10), (9, 1), (1, 1)]
CHUNKS = (3, 1000)


def draw(gallery, queries):
    """Return samples with unit vectors as features, so that many are tied; the gallery first."""
    generator = torch.Generator().manual_seed(gallery)
    size = gallery + queries
    features = torch.eye(4)[torch.randint(0, 4, (size,), generator=generator)]
    labels = torch.randint(0, 3, (size, 1), generator=generator)
    return [
        dict(feature=feature, gt_label=label, in_gallery=index < gallery)
        for index, (feature, label) in enumerate(zip(features, labels))
    ]


def evaluate(sizes, chunk_size, round_up=True):
    samples = draw(*sizes)
    metric = KNNMetric(k=[1, min(4, sizes[0])], weights='temperature', chunk_size=chunk_size)
    order = list(DefaultSampler(samples, shuffle=False, round_up=round_up))
    for start in range(0, len(order), 4):
        metric.process(None, [samples[index] for index in order[start : start + 4]])
    return metric.evaluate(len(samples))


def evaluate_whitened():
    generator = torch.Generator().manual_seed(0)
    samples = draw(40, 21)
    for sample in samples:
        sample['feature'] = sample['feature'] * 3 + torch.randn(4, generator=generator)
    metric = KNNMetric(whiten=3, chunk_size=5)
    order = list(DefaultSampler(samples, shuffle=False))
    for start in range(0, len(order), 4):
        metric.process(None, [samples[index] for index in order[start : start + 4]])
    return metric.evaluate(len(samples))


def too_few():
    try:
        evaluate((0, 5), 3)
    except ValueError as error:
        return str(error)


def work(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', init_method=f'file://{folder}/rendezvous', rank=rank, world_size=2)
    results = {
        (sizes, chunk_size, round_up): evaluate(sizes, chunk_size, round_up)
        for sizes in SIZES
        for chunk_size in CHUNKS
        for round_up in (True, False)
    }
    # features without ties, as rounding differs from that of one rank
    results['whitened'] = evaluate_whitened()
    torch.save((results, too_few()), f'{folder}/{rank}.pth')
    distributed.destroy_process_group()


@pytest.fixture(scope='module')
def reports(tmp_path_factory):
    folder = tmp_path_factory.mktemp('two_ranks')
    multiprocessing.start_processes(work, (str(folder),), nprocs=2, start_method='fork')  # spawning imports all again
    return [torch.load(folder / f'{rank}.pth') for rank in range(2)]


@pytest.mark.parametrize('sizes', SIZES)
def test_both_ranks_report_what_one_reports(reports, sizes):
    expected = evaluate(sizes, 3)
    for results, _ in reports:
        for key in results:
            assert key[0] != sizes or results[key] == expected


def test_a_whitening_fitted_by_two_ranks_is_that_of_one(reports):
    assert [results['whitened'] for results, _ in reports] == [evaluate_whitened()] * 2


def test_both_ranks_raise_the_same_error(reports):
    assert [message for _, message in reports] == [too_few()] * 2
