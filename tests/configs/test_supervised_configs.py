"""Supervised baselines: mmaction2's networks by mmaction2's recipes on the plugin's data."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.skeletons import get_layout

NETWORKS = ('stgcn', 'aagcn')
NAMES = ('stgcn_ntu60', 'stgcn_utd', 'stgcn_synthetic', 'aagcn_ntu60', 'aagcn_synthetic')
#: Files of mmaction2 in which the recipes stand.
PUBLISHED = dict(
    stgcn='stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
    aagcn='2s-agcn/2s-agcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
)


def innermost(dataset):
    return innermost(dataset.dataset) if 'dataset' in dataset else dataset


@pytest.fixture(scope='module', params=NETWORKS)
def published(request):
    """A network's name and mmaction2's config of it."""
    return request.param, Config.fromstring(f"_base_ = 'mmaction::skeleton/{PUBLISHED[request.param]}'", '.py')


@pytest.mark.parametrize('name', NAMES)
def test_two_iterations_and_an_evaluation(name, load, tmp_path, quick_runners):
    cfg = load(f'downstream/supervised/{name}')
    layout = innermost(cfg.train_dataloader.dataset).get('layout', 'nturgb+d')
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        data = dict(layout=layout, num_subjects=2, indices=8, pipeline=innermost(loader.dataset).pipeline)
        loader.dataset = dict(type='SyntheticSkeletonDataset', **data)
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
    cfg.update(test_dataloader=None, test_cfg=None, test_evaluator=None, work_dir=str(tmp_path))
    cfg.model.backbone.update(base_channels=4, num_stages=2, inflate_stages=[], down_stages=[2])
    cfg.model.cls_head.in_channels = 4
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint = None
    runner = Runner.from_cfg(cfg)
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2 and 0 <= runner.message_hub.get_scalar('val/acc/top1').current() <= 1
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    after = runner.model.state_dict()
    for part in ('backbone.', 'cls_head.'):
        assert any(not after[key].equal(before[key]) for key in after if key.startswith(part))


def test_published_recipe(published, load):
    network, theirs = published
    ours = load(f'downstream/supervised/{network}_ntu60')
    keys = ('model', 'val_evaluator', 'test_evaluator', 'optim_wrapper', 'param_scheduler', 'train_cfg')
    for key in (*keys, 'auto_scale_lr'):
        assert ours[key] == theirs[key], key
    for key in ('type', 'times'):
        assert ours.train_dataloader.dataset[key] == theirs.train_dataloader.dataset[key]
    assert ours.train_dataloader.batch_size == theirs.train_dataloader.batch_size


@pytest.mark.parametrize('part', ['train', 'val', 'test'])
def test_pipelines_give_what_mmactions_give(published, part, load):
    network, theirs = published
    pipeline = innermost(load(f'downstream/supervised/{network}_ntu60')[f'{part}_dataloader'].dataset).pipeline
    data = SyntheticSkeletonDataset([], num_subjects=2)
    for index in (0, 15):
        inputs = []
        for steps in (pipeline, theirs[f'{part}_pipeline']):
            np.random.seed(3)
            inputs.append(Compose(steps)(data[index])['inputs'])
        torch.testing.assert_close(*inputs, atol=1e-5, rtol=1e-5)
    assert len(inputs[0]) == (10 if part == 'test' else 1)


def test_small_sets_have_their_own_persons_frames_and_joints(load):
    cfg = load('downstream/supervised/stgcn_utd')
    layout = get_layout('kinect_v1')
    sample = SyntheticSkeletonDataset([], num_subjects=2, layout=layout.name)[0]
    for part, clips in (('train', 1), ('val', 1), ('test', 10)):
        inputs = Compose(innermost(cfg[f'{part}_dataloader'].dataset).pipeline)(dict(sample))['inputs']
        assert inputs.shape == (clips, 1, 64, layout.num_joints, 3)
    assert MODELS.build(cfg.model)(inputs[None, :1], None).shape[-1] == layout.num_joints
