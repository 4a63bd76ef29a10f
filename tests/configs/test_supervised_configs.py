"""mmaction2's networks learn from labels on every data set, by the recipes that mmaction2 publishes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.skeletons import get_layout

CONFIGS = Path(__file__).parents[2] / 'configs'
SUPERVISED = CONFIGS / 'downstream/supervised'
NETWORKS = ('stgcn', 'aagcn')
DATA = {
    'ntu60': ('ntu60_3d', 'xsub_train', 60),
    'ntu60_xview': ('ntu60_3d', 'xview_train', 60),
    'ntu120': ('ntu120_3d', 'xsub_train', 120),
    'ntu120_xset': ('ntu120_3d', 'xset_train', 120),
    'pku1': ('pku1_3d', 'xsub_train', 51),
    'pku2': ('pku2_3d', 'xsub_train', 51),
    'utd': ('utd_mhad', 'xsub_train', 27),
    'sbu': ('sbu', 'fold1_train', 8),
}
LARGE = [name for name in DATA if name not in ('utd', 'sbu')]
ALL = [f'{network}_{data}' for network in NETWORKS for data in (*DATA, 'synthetic')]
#: The files of mmaction2 in which the recipes stand.
PUBLISHED = dict(
    stgcn='stgcn/stgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
    aagcn='2s-agcn/2s-agcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py',
)


def load(name):
    return Config.fromfile(SUPERVISED / f'{name}.py')


def inner(dataset):
    """What is repeated, or the data set itself."""
    return dataset.dataset if dataset.type == 'RepeatDataset' else dataset


@pytest.fixture(scope='module', params=NETWORKS)
def published(request):
    """A network's name and mmaction2's config of it."""
    return request.param, Config.fromstring(f"_base_ = 'mmaction::skeleton/{PUBLISHED[request.param]}'", '.py')


def shrink(cfg, work_dir):
    """The same run with a tiny network, on synthetic data of the config's layout."""
    cfg.work_dir = str(work_dir)
    layout = inner(cfg.train_dataloader.dataset).get('layout', 'nturgb+d')
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        data = dict(layout=layout, num_subjects=2, indices=8, pipeline=inner(loader.dataset).pipeline)
        loader.dataset = dict(type='SyntheticSkeletonDataset', **data)
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
    cfg.test_dataloader = cfg.test_cfg = cfg.test_evaluator = None
    cfg.model.backbone.update(base_channels=4, num_stages=2, inflate_stages=[], down_stages=[2])
    cfg.model.cls_head.in_channels = 4
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint = None
    return cfg


def test_there_is_one_for_every_network_and_data_set():
    assert sorted(path.stem for path in SUPERVISED.glob('*.py')) == sorted(ALL)


@pytest.mark.parametrize('name', ALL)
def test_two_iterations_and_one_evaluation_of_every_config(name, tmp_path, monkeypatch):
    # laying the config out would take longer than the training
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))
    runner = Runner.from_cfg(shrink(load(name), tmp_path))
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    assert 0 <= runner.message_hub.get_scalar('val/acc/top1').current() <= 1
    after = runner.model.state_dict()
    for part in ('backbone.', 'cls_head.'):
        assert any(not torch.equal(after[key], before[key]) for key in after if key.startswith(part))


@pytest.mark.parametrize('network', NETWORKS)
@pytest.mark.parametrize('data', DATA)
def test_data_of_each_config(network, data):
    cfg = load(f'{network}_{data}')
    ann_file, split, classes = DATA[data]
    train, val, test = (inner(cfg[f'{key}_dataloader'].dataset) for key in ('train', 'val', 'test'))
    for dataset in (train, val, test):
        assert (dataset.type, dataset.ann_file) == ('SkeletonDataset', f'data/skeleton/{ann_file}.pkl')
        assert dataset.layout == cfg.model.backbone.graph_cfg.layout
    assert train.split == split and val.split == test.split == split.replace('train', 'val')
    assert not train.get('test_mode', False) and val.test_mode and test.test_mode
    assert cfg.model.cls_head.num_classes == classes


@pytest.mark.parametrize('data', LARGE)
def test_published_recipe(published, data):
    network, theirs = published
    ours = load(f'{network}_{data}')
    theirs.model.cls_head.num_classes = ours.num_classes
    schedule = ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr')
    for key in ('model', 'val_evaluator', 'test_evaluator', *schedule):
        assert ours[key] == theirs[key], key
    repeated, theirs_repeated = ours.train_dataloader.dataset, theirs.train_dataloader.dataset
    assert (repeated.type, repeated.times) == (theirs_repeated.type, theirs_repeated.times) == ('RepeatDataset', 5)
    assert ours.train_dataloader.batch_size == theirs.train_dataloader.batch_size == 16


@pytest.mark.parametrize('part', ['train', 'val', 'test'])
def test_pipelines_give_what_mmactions_give(published, part):
    network, theirs = published
    pipeline = inner(load(f'{network}_ntu60')[f'{part}_dataloader'].dataset).pipeline
    data = SyntheticSkeletonDataset([], num_subjects=2)
    for index in (0, 15):
        inputs = []
        for steps in (pipeline, theirs[f'{part}_pipeline']):
            np.random.seed(3)
            inputs.append(Compose(steps)(data[index])['inputs'])
        torch.testing.assert_close(*inputs, atol=1e-5, rtol=1e-5)
    assert len(inputs[0]) == (10 if part == 'test' else 1)


@pytest.mark.parametrize('network', NETWORKS)
@pytest.mark.parametrize(('data', 'persons', 'frames'), [('utd', 1, 64), ('sbu', 2, 40)])
def test_small_sets_have_their_own_persons_frames_and_joints(network, data, persons, frames):
    cfg = load(f'{network}_{data}')
    layout = get_layout(cfg.train_data.layout)
    sample = SyntheticSkeletonDataset([], num_subjects=2, layout=layout.name)[0]
    for part, clips in (('train', 1), ('val', 1), ('test', 10)):
        pipeline = inner(cfg[f'{part}_dataloader'].dataset).pipeline
        inputs = Compose(pipeline)(dict(sample))['inputs']
        assert inputs.shape == (clips, persons, frames, layout.num_joints, 3)
    model = MODELS.build(cfg.model)
    assert model(inputs[None, :1], None).shape[-1] == layout.num_joints


def test_the_synthetic_ones_differ_in_the_network_only():
    stgcn, aagcn = load('stgcn_synthetic'), load('aagcn_synthetic')
    assert aagcn.model.backbone.type == 'AAGCN' and stgcn.model.backbone.type == 'STGCN'
    for key in ('train_dataloader', 'val_dataloader', 'optim_wrapper', 'param_scheduler', 'train_cfg'):
        assert stgcn[key] == aagcn[key]
    assert stgcn.model.cls_head == aagcn.model.cls_head
