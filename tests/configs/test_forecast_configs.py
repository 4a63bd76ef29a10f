"""Every config of motion prediction trains and is evaluated, on what the sensor saw and the method's way."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.evaluation.forecast import joint_position_error, predictable

CONFIGS = Path(__file__).parents[2] / 'configs'
DATA = ('ntu60', 'ntu60_xview', 'ntu120', 'ntu120_xset', 'pku1', 'pku2', 'utd', 'sbu', 'synthetic')
NAMES = [f'{method}_{data}' for method in ('mamp', 'pcm3') for data in DATA]
#: Sizes small enough for a test, by the encoder.
TINY = dict(
    SkeletonGRU=dict(hidden_dims=8, num_layers=1),
    SkeletonTransformer=dict(embed_dims=16, depth=1, num_heads=2),
)


@lru_cache(maxsize=None)
def read(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def load(name):
    """A config of its own for who wants to change it; reading one takes longer than most of the tests here."""
    return deepcopy(read(f'downstream/forecast/{name}'))


def shrink(cfg, work_dir):
    """The same run with a tiny model, on eight synthetic sequences of the config's layout."""
    cfg.work_dir = str(work_dir)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        data = loader.dataset
        kept = dict(pipeline=data.pipeline, layout=data.get('layout', 'nturgb+d'))
        loader.dataset = dict(kept, type='SyntheticSkeletonDataset', num_subjects=2, indices=8)
        loader.update(batch_size=4, num_workers=0)
    cfg.model.backbone.update(TINY[cfg.model.backbone.type])
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.param_scheduler[0].pop('warmup', None)
    cfg.default_hooks.checkpoint = None
    return cfg


def test_every_data_set_is_there():
    assert sorted(path.stem for path in (CONFIGS / 'downstream' / 'forecast').glob('*.py')) == sorted(NAMES)


@pytest.mark.parametrize('name', NAMES)
def test_two_iterations_and_an_evaluation(name, tmp_path):
    cfg = load(name)
    runner = Runner.from_cfg(shrink(cfg, tmp_path))
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    errors = [
        runner.message_hub.get_scalar(f'val/mpjpe/{predictor}{frame}').current()
        for predictor in ('', 'constant_pose_', 'constant_velocity_')
        for frame in cfg.val_evaluator[0].horizons
    ]
    assert all(0 < error < 5000 for error in errors)
    after = runner.model.state_dict()
    for part in ('backbone.', 'head.'):
        assert any(not torch.equal(after[key], before[key]) for key in after if key.startswith(part))


@pytest.mark.parametrize('name', NAMES)
def test_the_encoder_is_the_pretrained_one(name):
    cfg, pretraining = load(name), read(name)
    encoder = dict(pretraining.model.backbone)
    if name.startswith('mamp'):
        encoder.update(num_frames=cfg.cut.history // 4 * 4, drop_path_rate=0.0)
    else:
        encoder.update(last_frame_only=False)
    assert cfg.model.backbone == encoder
    train, val = cfg.train_dataloader.dataset, cfg.val_dataloader.dataset
    assert {**train, 'pipeline': None} == {**pretraining.train_dataloader.dataset, 'pipeline': None}
    assert {**val, 'pipeline': None} == {**pretraining.val_data, 'pipeline': None}
    assert val == cfg.test_dataloader.dataset
    assert cfg.val_evaluator == cfg.test_evaluator


@pytest.mark.parametrize('name', NAMES)
def test_frames_of_each_data_set(name):
    history, horizon = dict(utd=(28, 12), sbu=(16, 8)).get(name.split('_')[1], (50, 25))
    cfg = load(name)
    for loader, place in ((cfg.train_dataloader, 'random'), (cfg.val_dataloader, 'middle')):
        drop, cut, *rest = Compose(loader.dataset.pipeline).transforms
        assert type(drop).__name__ == 'DropEmptyFrames'
        assert (cut.history, cut.horizon, cut.place) == (history, horizon, place)
        rest = [type(step).__name__ for step in rest]
        assert rest[-2:] == ['FormatGCNInput', 'PackActionInputs']
        assert rest[:-2] == ['CenterSkeleton'] * ('pku' not in name or 'pcm3' in name) + ['RandomRotate3D'] * (
            'mamp' in name and place == 'random'
        )
    assert cfg.model.head.horizon == horizon == max(cfg.metric.horizons)
    assert cfg.metric.horizons == [frame for frame in (2, 4, 8, 10, 14, 25) if frame < horizon] + [horizon]


@pytest.mark.parametrize('data', DATA)
def test_the_methods_are_measured_on_the_same_frames_and_persons(data):
    """What PCM3 leaves out is how the main person's spine moves; nobody comes or goes, and no length changes."""
    mamp, pcm3 = (load(f'{method}_{data}') for method in ('mamp', 'pcm3'))
    horizon = mamp.cut.horizon
    layout = mamp.model.backbone.layout
    dataset = SyntheticSkeletonDataset([], layout=layout, num_subjects=1, indices=[0, 5, 14, 15])
    for index in range(len(dataset)):
        poses = [Compose(cfg.val_dataloader.dataset.pipeline)(dataset[index])['inputs'][0] for cfg in (mamp, pcm3)]
        counts = [predictable(pose[:, :-horizon], pose[:, -horizon:]) for pose in poses]
        assert torch.equal(*counts) and counts[0].any()
        bones = [joint_position_error(pose[:, :, 1:], pose[:, :, :-1]) for pose in poses]
        torch.testing.assert_close(*bones, atol=1e-4, rtol=0)


def test_fine_tuning_for_half_as_long():
    mamp, tuned = load('mamp_ntu60'), read('downstream/finetune/mamp_ntu60')
    for key in ('optim_wrapper', 'param_scheduler', 'auto_scale_lr'):
        assert mamp[key] == tuned[key]
    assert mamp.train_cfg.max_epochs == 50
    pcm3, tuned = load('pcm3_ntu60'), read('downstream/finetune/pcm3_ntu60')
    assert pcm3.optim_wrapper == tuned.optim_wrapper
    assert pcm3.param_scheduler == [dict(type='MultiStepLR', milestones=[31, 44], gamma=0.1)]
    assert pcm3.train_cfg.max_epochs == 50
