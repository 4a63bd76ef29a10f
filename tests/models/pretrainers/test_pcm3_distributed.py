"""Two ranks with half of the batch each take the step that one rank takes with all of it."""

from unittest import mock

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import distributed, multiprocessing, nn

import mamp_plugin  # noqa: F401  (registers the plugin in spawned processes)
from mamp_plugin.models.layers import CrossRankBatchNorm, KeyQueue, shuffle_batch, unshuffle_batch, view_mixing
from mamp_plugin.models.pretrainers import pcm3

SCENARIOS = [(prompts, mode) for prompts in ('before_norm', 'after_norm', None) for mode in ('cut', 'mixup')]


def build(prompts, mode):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='PCM3',
            backbone=dict(type='SkeletonGRU', layout='sbu', hidden_dims=16, num_layers=2),
            projector=dict(type='Projector', out_channels=8),
            decoder=dict(type='SequenceDecoder', hidden_dims=12, num_layers=1),
            masking=dict(type='BodyPartMasking', num_clips=4),
            mixing=dict(type='ViewMixing', span=(2, 3)),
            queue_size=20,
            momentum=0.9,
            prompts=prompts is not None,
            prompt_position=prompts or 'before_norm',
            task_prompt_dims=16,
        )
    )
    model.init_weights()
    draws = model.draw(4, 16)
    draws = draws._replace(mix=draws.mix._replace(mode=mode, shift=1, share=0.3))
    model.draw = lambda num_samples, num_frames: draws
    for parameter in model.key_encoder.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def draw_batch():
    generator = torch.Generator().manual_seed(1)
    return list(torch.randn(8, 3, 2, 16, 15, 3, generator=generator).cumsum(dim=3))


def partners_within_halves(batch, shift):
    """Ranks mix their own samples; a single rank does the same if it mixes within halves."""
    return torch.cat([half.roll(-shift, dims=0) for half in batch.chunk(2)])


def first_step(model, inputs):
    """Change of parameters and buffers in one SGD step, and its losses."""
    before = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    data = dict(inputs=inputs, data_samples=[None] * len(inputs))
    log = {name: value.detach() for name, value in model.train_step(data, optim_wrapper).items()}
    return {name: value.detach() - before[name] for name, value in model.state_dict().items()}, log


def run_norm(x):
    """Output, gradients and running statistics of a batch norm."""
    torch.manual_seed(0)
    norm = CrossRankBatchNorm(6)
    nn.init.normal_(norm.weight)
    x = x.clone().requires_grad_()
    y = norm(x)
    (y**3).sum().backward()
    return y.detach(), x.grad, norm.weight.grad, norm.running_mean, norm.running_var, norm.num_batches_tracked


def parts(rank):
    """Results of the layers alone, with batches of different sizes where these are allowed."""
    batch = torch.arange(12.0).view(6, 2)[3 * rank : 3 * rank + 3]
    shuffled, order = shuffle_batch(batch)
    queue = KeyQueue(2, 10)
    queue.queue.zero_()
    for _ in range(2):
        queue.push(batch)
    generator = torch.Generator().manual_seed(2)
    rows = torch.randn(10, 6, generator=generator) * 3 + 100
    return dict(
        shuffled=shuffled,
        restored=unshuffle_batch(shuffled, order),
        queue=queue.state_dict(),
        norm=run_norm(rows[:3] if rank == 0 else rows[3:]),
    )


def work(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', init_method=f'file://{folder}/meeting', rank=rank, world_size=2)
    half = slice(4 * rank, 4 * rank + 4)
    results = {}
    for scenario in SCENARIOS:
        model = MMDistributedDataParallel(build(*scenario))
        change, log = first_step(model, draw_batch()[half])
        results[scenario] = {name[len('module.') :]: value for name, value in change.items()}, log
    torch.manual_seed(rank)  # the permutation must come from one rank
    torch.save((results, parts(rank)), f'{folder}/{rank}.pth')
    distributed.destroy_process_group()


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp('two_processes')
    multiprocessing.spawn(work, (str(folder),), nprocs=2)
    return [torch.load(folder / f'{rank}.pth') for rank in range(2)]


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_two_ranks_step_like_one(results, scenario):
    with (
        mock.patch.object(view_mixing, 'partners', partners_within_halves),
        mock.patch.object(pcm3, 'partners', partners_within_halves),
    ):
        expected, log = first_step(build(*scenario), draw_batch())
    assert expected['queue.queue_ptr'] == 8
    assert expected['queue.queue'][:, :8].any(dim=0).all()
    for result, _ in results:
        change, _ = result[scenario]
        assert change.keys() == expected.keys()
        for name, theirs in expected.items():
            torch.testing.assert_close(change[name], theirs, rtol=1e-4, atol=1e-6, msg=name)
    for name, theirs in log.items():
        torch.testing.assert_close(sum(result[scenario][1][name] for result, _ in results) / 2, theirs, msg=name)


def test_shuffle_permutes_and_is_undone_exactly(results):
    (first, second) = (part for _, part in results)
    everything = torch.arange(12.0).view(6, 2)
    shuffled = torch.cat((first['shuffled'], second['shuffled']))
    assert not torch.equal(shuffled, everything)
    assert sorted(shuffled[:, 0].tolist()) == everything[:, 0].tolist()
    assert torch.equal(torch.cat((first['restored'], second['restored'])), everything)


def test_every_rank_has_all_keys_in_the_queue(results):
    keys = torch.arange(12.0).view(6, 2)
    # twelve keys in a queue of ten: the last two replace the first two
    expected = torch.cat((keys, keys))[[10, 11, *range(2, 10)]].t()
    for _, part in results:
        assert torch.equal(part['queue']['queue'], expected)
        assert part['queue']['queue_ptr'].tolist() == [2]


def test_batch_norm_over_the_batches_of_all_ranks(results):
    """With batches of different sizes, and values far from 0, where a sum of squares would lose precision."""
    rows = torch.randn(10, 6, generator=torch.Generator().manual_seed(2)) * 3 + 100
    output, gradient, weight, mean, variance, count = run_norm(rows)
    first, second = (part['norm'] for _, part in results)
    torch.testing.assert_close(torch.cat((first[0], second[0])), output, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(torch.cat((first[1], second[1])), gradient, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(first[2] + second[2], weight, rtol=1e-4, atol=1e-4)
    for part in (first, second):
        torch.testing.assert_close(part[3:], (mean, variance, count))
