"""Every retrieval config pretrains with its curve and is tested."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

CONFIGS = Path(__file__).parents[2] / 'configs'
DATA = ('ntu60', 'ntu60_xview', 'ntu120', 'ntu120_xset', 'pku1', 'pku2', 'utd', 'sbu', 'synthetic')
STREAMS = [f'pcm3_{data}_{stream}' for data in DATA[:6] for stream in ('bone', 'motion')]
NAMES = [*(f'{method}_{data}' for method in ('mamp', 'pcm3') for data in DATA), *STREAMS]
TINY = dict(
    MAMP=dict(
        backbone=dict(embed_dims=16, depth=1, num_heads=2),
        neck=dict(embed_dims=16, depth=1, num_heads=2),
    ),
    PCM3=dict(
        backbone=dict(hidden_dims=8, num_layers=1),
        projector=dict(out_channels=8),
        decoder=dict(hidden_dims=8, num_layers=1),
        queue_size=16,
        task_prompt_dims=8,
    ),
)


@lru_cache(maxsize=None)
def load(name):
    return Config.fromfile(CONFIGS / f'downstream/retrieval/{name}.py')


def shrink(cfg, work_dir):
    """The same run with a tiny model, on synthetic data of the config's layout."""
    cfg = deepcopy(cfg)
    cfg.work_dir = str(work_dir)
    layout = cfg.train_data.get('layout', 'nturgb+d')
    data = dict(type='SyntheticSkeletonDataset', layout=layout, num_subjects=2, serialize_data=False)
    train, test = cfg.train_dataloader, cfg.test_dataloader
    train.dataset = dict(data, indices=8, pipeline=train.dataset.pipeline)
    test.dataset.gallery = dict(data, indices=20)
    test.dataset.queries = dict(data, indices=[30, 40])
    for loader, batch_size in ((train, 4), (test, 22)):
        loader.update(batch_size=batch_size, num_workers=0)
    cfg.merge_from_dict(dict(model=TINY[cfg.model.type]))
    cfg.train_cfg.max_epochs = 1
    if 'warmup' in cfg.param_scheduler[0]:
        cfg.param_scheduler[0].warmup = 0
    cfg.default_hooks.checkpoint = None
    return cfg


def test_there_is_a_config_for_everything_published():
    assert sorted(NAMES) == sorted(path.stem for path in (CONFIGS / 'downstream/retrieval').glob('*.py'))


@pytest.mark.parametrize('name', NAMES)
def test_two_iterations_with_a_curve_and_a_test(name, tmp_path):
    runner = Runner.from_cfg(shrink(load(name), tmp_path))
    runner.train()
    points, _ = runner.message_hub.get_scalar('val/knn/acc_k1').data
    loss = runner.message_hub.get_scalar('train/loss').current()
    assert runner.iter == 2 and torch.isfinite(torch.as_tensor(loss)) and len(points) == 2
    metrics = runner.test()
    assert list(metrics) == ['knn/acc_k1', 'knn/acc_k5', 'knn/acc_k20']
    assert metrics['knn/acc_k1'] == points[-1]


@pytest.mark.parametrize('name', NAMES)
def test_training_samples_name_test_samples_seen_alike(name):
    cfg = load(name)
    dataset = cfg.test_dataloader.dataset
    assert dataset.gallery == cfg.train_data and dataset.queries == cfg.val_data
    assert dataset.pipeline == cfg.test_pipeline
    assert [step.proportion for step in dataset.pipeline if step.type == 'CropResizeFrames'] == [(0.95,)]
    assert cfg.test_evaluator == dict(type='KNNMetric', k=[1, 5, 20])
    assert cfg.custom_hooks[-1] == dict(type='NeighbourHook', interval=20, start=True)


@pytest.mark.parametrize('name', ['mamp_ntu60', 'mamp_sbu', 'pcm3_ntu120_xset_bone', 'pcm3_utd'])
def test_the_pretraining_run_is_that_of_its_own_config(name):
    cfg, plain = load(name), Config.fromfile(CONFIGS / f'{name}.py')
    for key in set(plain) - {'custom_hooks'}:
        assert cfg[key] == plain[key]
    assert cfg.custom_hooks[:-1] == plain.custom_hooks


@pytest.mark.parametrize('name', NAMES)
def test_names_are_those_of_the_pretraining_configs(name):
    assert f"_base_ = ['../../{name}.py'," in (CONFIGS / f'downstream/retrieval/{name}.py').read_text()


def test_other_metrics_and_more_points_by_the_command_line():
    cfg = deepcopy(load('mamp_ntu60'))
    last = len(cfg.custom_hooks) - 1
    cfg.merge_from_dict({f'custom_hooks.{last}.interval': 5, 'test_evaluator.weights': 'temperature'})
    assert cfg.custom_hooks[last] == dict(type='NeighbourHook', interval=5, start=True)
    assert cfg.test_evaluator == dict(type='KNNMetric', k=[1, 5, 20], weights='temperature')
