"""Every pretraining config builds and trains, and says what the papers' tables say."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

CONFIGS = Path(__file__).parents[2] / 'configs'
MAMP = sorted(path.stem for path in CONFIGS.glob('ma[me]*_*.py'))


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def shrink(cfg, work_dir):
    """The same run with a tiny model, on synthetic data of the config's layout."""
    cfg.work_dir = str(work_dir)
    data = cfg.train_dataloader.dataset
    cfg.train_dataloader.dataset = dict(
        type='SyntheticSkeletonDataset',
        layout=data.get('layout', 'nturgb+d'),
        num_subjects=2,
        indices=8,
        pipeline=data.pipeline,
    )
    cfg.train_dataloader.update(batch_size=4, num_workers=0)
    small = dict(embed_dims=16, depth=1, num_heads=2)
    cfg.merge_from_dict(dict(model=dict(backbone=small, neck=small)))
    cfg.optim_wrapper.type = 'OptimWrapper'
    for key in ('dtype', 'loss_scale'):
        cfg.optim_wrapper.pop(key, None)
    cfg.train_cfg.max_epochs = 1
    cfg.param_scheduler[0].warmup = 0
    cfg.default_hooks.checkpoint = None
    return cfg


@pytest.mark.parametrize('name', MAMP)
def test_two_iterations_of_every_config(name, tmp_path):
    runner = Runner.from_cfg(shrink(load(name), tmp_path))
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    loss = runner.message_hub.get_scalar('train/loss')
    assert runner.iter == 2 and torch.isfinite(torch.as_tensor(loss.current()))
    assert any(not torch.equal(value, before[key]) for key, value in runner.model.state_dict().items())


#: decoder depth, tau (None: hidden at random), target
RECIPES = {
    'mamp_ntu60': (3, 0.8, 'motion'),
    'mamp_ntu60_xview': (3, 0.8, 'motion'),
    'mamp_ntu120': (5, 0.75, 'motion'),
    'mamp_ntu120_xset': (5, 0.75, 'motion'),
    'mamp_pku1': (5, 0.8, 'motion'),
    'mamp_pku2': (5, 0.8, 'motion'),
}
RECIPES.update({name.replace('mamp', 'mae'): (depth, None, 'joint') for name, (depth, *_) in RECIPES.items()})


@pytest.mark.parametrize('name', RECIPES)
def test_published_recipes_to_the_letter(name):
    cfg = load(name)
    depth, tau, target = RECIPES[name]
    expected = dict(type='RandomMasking', ratio=0.9)
    if tau is not None:
        expected = dict(type='MotionAwareMasking', ratio=0.9, tau=tau)
    assert cfg.model.masking == expected
    assert (cfg.model.neck.depth, cfg.model.neck.embed_dims, cfg.model.neck.num_heads) == (depth, 256, 8)
    assert cfg.model.head == dict(type='MotionPredictionHead', target=target, stride=1, normalize=True)
    backbone = dict(num_frames=120, embed_dims=256, depth=8, num_heads=8, temporal_patch=4, layout='nturgb+d')
    assert cfg.model.backbone == dict(type='SkeletonTransformer', **backbone)
    assert cfg.optim_wrapper.optimizer == dict(type='AdamW', lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05)
    assert 'clip_grad' not in cfg.optim_wrapper and 'type' not in cfg.optim_wrapper
    assert cfg.train_cfg.max_epochs == 400 and cfg.train_dataloader.batch_size == 32
    schedule = dict(warmup=20, min_ratio=0.5, convert_to_iter_based=True)
    assert cfg.param_scheduler == [dict(type='WarmupCosineLR', **schedule)]
    assert cfg.auto_scale_lr == dict(enable=False, base_batch_size=4 * 32)
    steps = {step.type: step for step in cfg.train_dataloader.dataset.pipeline}
    assert ('CenterSkeleton' in steps) == ('pku' not in name)
    assert steps['CropResizeFrames'] == dict(type='CropResizeFrames', window=120, proportion=(0.5, 1))
    assert steps['RandomRotate3D'].angle == 0.3
    assert [hook.type for hook in cfg.custom_hooks] == ['EpochSeedHook', 'PretrainedEncoderHook']


@pytest.mark.parametrize(
    ('name', 'ann_file', 'split', 'classes'),
    [
        ('mamp_ntu60', 'ntu60_3d', 'xsub_train', 60),
        ('mamp_ntu60_xview', 'ntu60_3d', 'xview_train', 60),
        ('mae_ntu120', 'ntu120_3d', 'xsub_train', 120),
        ('mae_ntu120_xset', 'ntu120_3d', 'xset_train', 120),
        ('mamp_pku1', 'pku1_3d', 'xsub_train', 51),
        ('mae_pku2', 'pku2_3d', 'xsub_train', 51),
        ('mamp_utd', 'utd_mhad', 'xsub_train', 27),
        ('mamp_sbu', 'sbu', 'fold1_train', 8),
    ],
)
def test_data_of_each_config(name, ann_file, split, classes):
    cfg = load(name)
    data = cfg.train_dataloader.dataset
    assert (data.type, data.ann_file) == ('SkeletonDataset', f'data/skeleton/{ann_file}.pkl')
    assert data.split == cfg.train_data.split == split and cfg.num_classes == classes
    assert cfg.val_data.split == split.replace('train', 'val') and cfg.val_data.test_mode
    assert data.layout == cfg.model.backbone.layout


def test_the_fast_config_differs_in_speed_only():
    fast, plain = load('mamp_fast_ntu60'), load('mamp_ntu60')
    assert fast.optim_wrapper.type == 'AmpOptimWrapper' and fast.optim_wrapper.dtype == 'bfloat16'
    assert fast.optim_wrapper.optimizer.pop('fused') and fast.auto_scale_lr.pop('enable')
    assert fast.model.pop('skip_empty_persons')
    for key in ('model', 'param_scheduler', 'train_cfg', 'train_pipeline', 'train_data'):
        assert fast[key] == plain[key]
    assert fast.optim_wrapper.optimizer == plain.optim_wrapper.optimizer
