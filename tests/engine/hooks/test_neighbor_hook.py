"""NeighborHook records accuracies and leaves the run unchanged."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.config import Config
from mmengine.model import MMDistributedDataParallel
from mmengine.runner import Runner
from torch import distributed, multiprocessing

from mamp_plugin.engine.hooks.neighbor_hook import preserved_rng_state

PACK = [dict(type='FormatGCNInput', num_person=2), dict(type='PackActionInputs')]
RANDOM = [
    dict(type='CropResizeFrames', window=8, proportion=(0.5, 1)),
    dict(type='RandomRotate3D', angle=0.3),
    *PACK,
]
FIXED = [dict(type='CropResizeFrames', window=8, proportion=(0.95,)), *PACK]
SYNTHETIC = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=2, serialize_data=False)
GALLERY = dict(SYNTHETIC, split='xsub_train', indices=17)
QUERIES = dict(SYNTHETIC, split='xsub_val', indices=12)


def loader(dataset, shuffle=False):
    return dict(dataset=dataset, batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=shuffle))


def retrieval(pipeline):
    return loader(dict(type='RetrievalDataset', gallery=GALLERY, queries=QUERIES, pipeline=pipeline))


RETRIEVAL = retrieval(FIXED)
TEST = dict(test_dataloader=RETRIEVAL, test_evaluator=dict(type='KNNMetric', k=[1, 3]), test_cfg=dict())


def model():
    torch.manual_seed(0)
    backbone = dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=1, num_heads=2, temporal_patch=2
    )
    return MODELS.build(
        dict(
            type='MAMP',
            backbone=backbone,
            masking=dict(type='MotionAwareMasking', ratio=0.8),
            neck=dict(type='MotionDecoder', embed_dims=8, depth=1, num_heads=2),
            head=dict(type='MotionPredictionHead'),
        )
    )


def build(folder, *hooks, max_epochs=3, network=None, **cfg):
    """Build a run without EpochSeedHook, so that an extra random draw would change all that follow."""
    options = dict(
        work_dir=str(folder),
        train_dataloader=loader(dict(GALLERY, indices=8, pipeline=RANDOM), shuffle=True),
        train_cfg=dict(by_epoch=True, max_epochs=max_epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        default_hooks=dict(checkpoint=None),
        custom_hooks=[dict(type='NeighborHook', **hook) for hook in hooks],
        randomness=dict(seed=3),
        default_scope='mmaction',
        log_level='ERROR',
        experiment_name=f'{folder.parent.name}_{folder.name}',
    )
    options.update(cfg)
    # the hook reads only this key, and formatting a whole config is slow
    read = Config(dict(test_dataloader=options.get('test_dataloader')))
    return Runner(model=network or model(), cfg=read, **options)


def curve(runner, key='knn/acc_k1'):
    if runner.rank:
        return None
    lines = map(json.loads, Path(runner.log_dir, 'vis_data/scalars.json').read_text().splitlines())
    return {line['step']: line[key] for line in lines if key in line}


def weights(runner):
    return {name.replace('module.', ''): value.clone() for name, value in runner.model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def test_run_is_identical_to_one_without_the_hook(tmp_path):
    plain = build(tmp_path / 'plain')
    plain.train()
    watched = build(tmp_path / 'watched', dict(interval=1, start=True, dataloader=retrieval(RANDOM)))
    untrained = weights(watched)
    watched.train()
    assert list(curve(watched)) == [0, 1, 2, 3]
    assert same(weights(watched), weights(plain)) and not same(weights(watched), untrained)
    assert watched.model.training and watched.val_loop is None


@pytest.mark.parametrize(('start', 'epochs'), [(False, [2, 4, 5]), (True, [0, 2, 4, 5])])
def test_interval_and_end(tmp_path, start, epochs):
    runner = build(tmp_path, dict(interval=2, start=start), max_epochs=5, **TEST)
    runner.train()
    points = curve(runner)
    assert list(points) == epochs
    assert points[5] == pytest.approx(runner.test()['knn/acc_k1']) and 0 < points[5] < 1


def test_validation_of_the_run_continues(tmp_path):
    own = dict(val_dataloader=RETRIEVAL, val_evaluator=dict(type='KNNMetric', k=3, prefix='own'), val_cfg=dict())
    runner = build(tmp_path, dict(interval=2, dataloader=RETRIEVAL), **own)
    runner.train()
    assert list(curve(runner)) == [2, 3] and list(curve(runner, 'own/acc_k3')) == [1, 2, 3]
    assert runner.val_loop.evaluator.metrics[0].prefix == 'own'


def test_rng_state_is_restored_after_errors():
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    expected = draw()
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])
    with pytest.raises(KeyError), preserved_rng_state():
        draw()
        raise KeyError
    assert draw() == expected


def test_errors(tmp_path):
    with pytest.raises(ValueError, match='set its dataloader or test_dataloader of the config'):
        build(tmp_path / 'no_data', dict()).train()
    with pytest.raises(ValueError, match='NeighborHook counts epochs, but train_cfg.type is IterBasedTrainLoop'):
        build(tmp_path / 'iterations', dict(), train_cfg=dict(by_epoch=False, max_iters=2), **TEST).train()
    for interval in (0, 1.5, True):
        with pytest.raises(ValueError, match='interval must be an integer'):
            build(tmp_path / str(interval), dict(interval=interval))


HOOK = dict(interval=2, start=True, dataloader=RETRIEVAL)


def work(rank, folder):
    torch.set_num_threads(1)
    distributed.init_process_group('gloo', init_method=f'file://{folder}/rendezvous', rank=rank, world_size=2)
    results = []
    for name, hooks in (('watched', [HOOK]), ('plain', [])):
        runner = build(folder / name, *hooks, network=MMDistributedDataParallel(model()))
        runner.train()
        results += [weights(runner), curve(runner)]
    torch.save(results, folder / f'{rank}.pth')
    distributed.destroy_process_group()


def test_old_name_is_an_alias():
    with pytest.warns(DeprecationWarning, match='use NeighborHook'):
        assert type(HOOKS.build(dict(type='NeighbourHook', interval=3))).__name__ == 'NeighborHook'


def test_two_ranks_share_the_evaluation(tmp_path):
    start_method = 'spawn' if torch.cuda.is_available() else 'fork'  # spawning imports all again
    multiprocessing.start_processes(work, (tmp_path,), nprocs=2, start_method=start_method)
    (watched, points, plain, _), (second, *_) = (torch.load(tmp_path / f'{rank}.pth') for rank in range(2))
    assert same(watched, plain) and same(watched, second)
    alone = build(tmp_path / 'alone', HOOK, max_epochs=1)
    alone.train()
    assert list(points) == [0, 2, 3] and points[0] == curve(alone)[0]
