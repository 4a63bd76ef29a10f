"""Every config of linear evaluation, fine-tuning, scratch, few labels and transfer trains, and keeps the recipe."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

DOWNSTREAM = Path(__file__).parents[2] / 'configs' / 'downstream'
TASKS = ('linear', 'finetune', 'scratch', 'semi', 'transfer')
CONFIGS = [f'{task}/{path.stem}' for task in TASKS for path in sorted((DOWNSTREAM / task).glob('*.py'))]
DATA = ('ntu60', 'ntu60_xview', 'ntu120', 'ntu120_xset', 'pku1', 'pku2', 'utd', 'sbu', 'synthetic')
#: Sizes small enough for a test, of the same width, by the encoder.
TINY = dict(
    SkeletonGRU=dict(hidden_dims=8, num_layers=1),
    SkeletonTransformer=dict(embed_dims=16, depth=1, num_heads=2),
)


@lru_cache(maxsize=None)
def read(name):
    return Config.fromfile(DOWNSTREAM / f'{name}.py')


def load(name):
    """A config of its own for who wants to change it; reading one takes longer than most of the tests here."""
    return deepcopy(read(name))


def innermost(dataset):
    """The data set inside its wrappers."""
    return innermost(dataset.dataset) if 'dataset' in dataset else dataset


def shrink(cfg, work_dir):
    """The same run with a tiny model, on eight synthetic sequences of the config's layout."""
    cfg.work_dir = str(work_dir)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        data = innermost(loader.dataset)
        kept = dict(pipeline=data.pipeline, layout=data.get('layout', 'nturgb+d'))
        data.clear()
        data.update(kept, type='SyntheticSkeletonDataset', num_subjects=2, indices=8)
        loader.update(batch_size=4, num_workers=0)
    train = cfg.train_dataloader
    if train.dataset.type == 'RepeatDataset':
        train.dataset.dataset.fraction, train.batch_size = 0.5, 20
    elif train.dataset.type == 'SubsetDataset':
        train.dataset.fraction, train.batch_size = 0.5, 2
    backbone = cfg.model.backbone
    frozen = backbone.get('frozen_stages', -1) > 0
    backbone.update(TINY[backbone.type])
    if frozen:
        backbone.frozen_stages = 1
    cfg.model.cls_head.in_channels = 16
    if cfg.model.cls_head.type == 'JointMLPHead':
        cfg.model.cls_head.hidden_dims = 8
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.param_scheduler[0].pop('warmup', None)  # longer than the one epoch
    cfg.default_hooks.checkpoint = None
    return cfg


@pytest.mark.parametrize('name', CONFIGS)
def test_two_iterations_and_an_evaluation(name, tmp_path):
    runner = Runner.from_cfg(shrink(load(name), tmp_path))
    runner.model.init_weights()
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    assert 0 <= runner.message_hub.get_scalar('val/acc/top1').current() <= 1
    changed = {key for key, value in runner.model.state_dict().items() if not torch.equal(value, before[key])}
    assert any(key.startswith('cls_head.') for key in changed)
    assert any(key.startswith('backbone.') for key in changed) == (not name.startswith('linear'))


def test_every_data_set_has_every_task():
    for task in TASKS:
        names = {name.split('/')[1] for name in CONFIGS if name.startswith(f'{task}/')}
        assert {f'{method}_{data}' for method in ('mamp', 'pcm3') for data in DATA} <= names


@pytest.mark.parametrize('name', [name for name in CONFIGS if not name.startswith('transfer')])
def test_the_encoder_is_the_pretrained_one(name):
    """Nothing but the head stands between a pretraining run and its evaluation."""
    cfg, pretraining = load(name), load(f'../{name.split("/")[1]}')
    assert pretraining.model.backbone.items() <= cfg.model.backbone.items()
    train, val = innermost(cfg.train_dataloader.dataset), cfg.val_dataloader.dataset
    assert {**train, 'pipeline': None} == {**pretraining.train_dataloader.dataset, 'pipeline': None}
    assert val == cfg.test_dataloader.dataset == dict(pretraining.val_data, pipeline=pretraining.test_pipeline)
    assert cfg.model.cls_head.num_classes == pretraining.num_classes


# ---- the published recipes -----------------------------------------------------------------------------------------

PUBLISHED = [name for name in DATA if name not in ('utd', 'sbu', 'synthetic')]


@pytest.mark.parametrize('data', PUBLISHED)
def test_linear_evaluation_of_mamp(data):
    cfg = load(f'linear/mamp_{data}')
    assert cfg.model.backbone.frozen_stages == cfg.model.backbone.depth == 8
    assert cfg.model.cls_head == dict(
        type='LinearProbeHead', num_classes=cfg.num_classes, in_channels=cfg.model.backbone.embed_dims
    )
    lr = 0.01 if data == 'pku2' else 0.1
    assert cfg.optim_wrapper == dict(optimizer=dict(type='SGD', lr=lr, momentum=0.9, weight_decay=0))
    assert cfg.param_scheduler == [dict(type='WarmupCosineLR', convert_to_iter_based=True)]
    assert cfg.train_cfg.max_epochs == 100
    assert cfg.train_dataloader.batch_size == dict(pku1=64, pku2=16).get(data, 128)
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    assert steps['CropResizeFrames'] == dict(type='CropResizeFrames', window=120, proportion=(0.5, 1))
    assert 'RandomRotate3D' in steps and ('CenterSkeleton' in steps) == ('pku' not in data)


@pytest.mark.parametrize('data', PUBLISHED)
def test_linear_evaluation_of_pcm3(data):
    for stream in ('', '_bone', '_motion'):
        cfg = load(f'linear/pcm3_{data}{stream}')
        assert cfg.model.backbone.frozen_stages == 3 and cfg.model.backbone.last_frame_only
        assert cfg.model.cls_head == dict(
            type='LinearProbeHead', num_classes=cfg.num_classes, in_channels=2048, norm=False
        )
        assert cfg.optim_wrapper == dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))
        assert cfg.param_scheduler == [dict(type='MultiStepLR', milestones=[20, 50, 80], gamma=0.1)]
        assert cfg.train_cfg.max_epochs == 100 and cfg.train_dataloader.batch_size == 1024
        steps = [step.type for step in cfg.train_dataloader.dataset.pipeline]
        assert 'MultiView' not in steps and ('SkeletonStream' in steps) == bool(stream)
        crop = dict(type='CropResizeFrames', window=64, proportion=(0.5, 1), min_frames=64)
        assert crop in cfg.train_dataloader.dataset.pipeline


@pytest.mark.parametrize('data', PUBLISHED)
def test_fine_tuning_of_mamp(data):
    cfg = load(f'finetune/mamp_{data}')
    assert cfg.model.backbone.drop_path_rate == 0.3 and 'frozen_stages' not in cfg.model.backbone
    head = cfg.model.cls_head
    assert (head.type, head.dropout, head.label_smooth_eps) == ('JointMLPHead', 0.3, 0.1)
    assert cfg.optim_wrapper == dict(
        constructor='LayerDecayOptimWrapperConstructor',
        optimizer=dict(type='AdamW', lr=3e-4, betas=(0.9, 0.999), weight_decay=0.05),
        paramwise_cfg=dict(layer_decay=0.8),
    )
    (schedule,) = cfg.param_scheduler
    assert schedule.warmup == 5 and 3e-4 * schedule.min_ratio == pytest.approx(1e-5)
    assert cfg.train_cfg.max_epochs == 100 and cfg.train_dataloader.batch_size == 24
    scratch = load(f'scratch/mamp_{data}')
    assert scratch.optim_wrapper.paramwise_cfg == dict(layer_decay=1.0)
    assert scratch.model == cfg.model and scratch.param_scheduler == cfg.param_scheduler


@pytest.mark.parametrize('data', PUBLISHED)
def test_fine_tuning_of_pcm3(data):
    cfg = load(f'finetune/pcm3_{data}')
    assert 'frozen_stages' not in cfg.model.backbone and cfg.model.backbone.last_frame_only
    assert cfg.optim_wrapper.optimizer.type == 'SGD' and cfg.optim_wrapper.optimizer.lr == 0.01
    assert cfg.param_scheduler == [dict(type='MultiStepLR', milestones=[50, 70], gamma=0.1)]
    assert cfg.train_cfg.max_epochs == 80 and cfg.train_dataloader.batch_size == 64


@pytest.mark.parametrize('name', [name for name in CONFIGS if name.startswith('semi')])
def test_few_labels_are_fine_tuned_alike(name):
    cfg, whole = load(name), load(name.replace('semi', 'finetune'))
    subset = cfg.train_dataloader.dataset
    subset = subset.dataset if subset.type == 'RepeatDataset' else subset
    assert subset == dict(type='SubsetDataset', fraction=0.1, seed=0, dataset=whole.train_dataloader.dataset)
    for key in ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'test_dataloader'):
        assert cfg[key] == whole[key]


@pytest.mark.parametrize('method', ['mamp', 'pcm3'])
@pytest.mark.parametrize('data', DATA)
def test_transfer_takes_the_encoders_of_other_data_sets(method, data):
    """All of a source's encoder but what belongs to its joints has a place in the target's."""
    source = 'synthetic' if data == 'synthetic' else 'ntu60'
    expected = dict(load(f'../{method}_{source}').model.backbone)
    cfg = load(f'transfer/{method}_{data}')
    found = dict(cfg.model.backbone)
    layout = dict(utd='kinect_v1', sbu='sbu', synthetic='kinect_v1').get(data, 'nturgb+d')
    assert found['layout'] == cfg.test_dataloader.dataset.get('layout', 'nturgb+d') == layout
    same = set(expected) - {'layout', 'num_persons'}
    assert {key: found[key] for key in same} == {key: expected[key] for key in same}
