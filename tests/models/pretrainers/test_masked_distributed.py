"""Two ranks with half of the batch each take the step that one rank takes with all of it."""

from functools import partial

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from torch import distributed, multiprocessing

import mamp_plugin  # noqa: F401  (registers the plugin in spawned processes)

METHODS = dict(
    MAMP=dict(head=dict(type='MotionPredictionHead')), MaskedFeaturePrediction=dict(momentum=0.9, end_momentum=None)
)
# the method, whether absent persons are skipped, and the persons in the second half of the batch; the decoder is that
# of MAMP, or of CrossMAE behind '+'
SCENARIOS = [
    *(
        ('MAMP', skip, there)
        for skip in (False, True)
        for there in ('both persons', 'no second person', 'nobody', 'nobody in either half')
    ),
    ('MaskedFeaturePrediction', False, 'both persons'),
    ('MaskedFeaturePrediction', True, 'no second person'),
    ('MaskedFeaturePrediction', True, 'nobody'),
    ('MAMP + QueryDecoder', False, 'both persons'),
    ('MAMP + QueryDecoder', True, 'no second person'),
    ('MAMP + QueryDecoder', True, 'nobody'),
]


def draw_by_mask(decoder, ids_keep, num_joints):
    """Draw the tokens to predict with a seed that the mask decides, so that ranks draw alike."""
    seeds = (ids_keep * torch.arange(ids_keep.size(1))).sum(dim=1).tolist()
    noise = torch.stack([torch.rand(60, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    return type(decoder).draw_ids(decoder, ids_keep, noise)


def build(method, skip):
    torch.manual_seed(0)
    method, _, decoder = method.partition(' + ')
    backbone = dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=2, num_heads=2, temporal_patch=2
    )
    model = MODELS.build(
        dict(
            type=method,
            backbone=backbone,
            masking=dict(type='MotionAwareMasking', ratio=0.8),
            neck=dict(type=decoder or 'MotionDecoder', embed_dims=8, depth=1, num_heads=2),
            skip_empty_persons=skip,
            **METHODS[method],
        )
    )
    model.init_weights()
    if decoder:
        model.neck.draw_ids = partial(draw_by_mask, model.neck)
    if method == 'MaskedFeaturePrediction':
        for parameter in model.teacher.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def draw_batch(there):
    """Four samples of two persons, with their masks."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(4, 1, 2, 8, 15, 3, generator=generator).cumsum(dim=3)
    masks = torch.rand(4, 2, 60, generator=generator).argsort(dim=2)[..., :12].contiguous()
    if there == 'no second person':
        inputs[2:, :, 1] = 0
    elif there == 'nobody':
        inputs[2:] = 0
    elif there == 'nobody in either half':
        inputs[:] = 0
    return list(inputs), [ActionDataSample(mask_ids_keep=mask) for mask in masks]


def first_step(model, inputs, data_samples):
    """The change that one step of plain gradient descent makes to every parameter, and the loss."""
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optim_wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1.0))
    loss = model.train_step(dict(inputs=inputs, data_samples=data_samples), optim_wrapper)['loss']
    return [parameter.detach() - old for parameter, old in zip(model.parameters(), before)], loss.detach()


def work(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', init_method=f'file://{folder}/meeting', rank=rank, world_size=2)
    results = {}
    for method, skip, there in SCENARIOS:
        inputs, data_samples = draw_batch(there)
        half = slice(2 * rank, 2 * rank + 2)
        model = MMDistributedDataParallel(build(method, skip))
        results[method, skip, there] = first_step(model, inputs[half], data_samples[half])
    torch.save(results, f'{folder}/{rank}.pth')
    distributed.destroy_process_group()


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp('two_processes')
    multiprocessing.spawn(work, (str(folder),), nprocs=2)
    return [torch.load(folder / f'{rank}.pth') for rank in range(2)]


@pytest.mark.parametrize(('method', 'skip', 'there'), SCENARIOS)
def test_two_ranks_step_like_one(results, method, skip, there):
    expected, loss = first_step(build(method, skip), *draw_batch(there))
    largest = max(change.abs().max() for change in expected)
    assert (largest == 0) == (skip and there == 'nobody in either half')
    for changes, _ in (result[method, skip, there] for result in results):
        for ours, theirs in zip(changes, expected):
            assert (ours - theirs).abs().max() <= 1e-5 * largest
    torch.testing.assert_close(sum(result[method, skip, there][1] for result in results) / 2, loss)
