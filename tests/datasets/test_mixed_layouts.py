"""Data sets of several layouts: batches of one layout, equal on all ranks, resumable; one encoder trained on them."""

from collections import Counter

import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.fileio import dump
from mmengine.runner import Runner

from mamp_plugin.cli.console import summarize_run
from mamp_plugin.datasets import MixedLayoutBatchSampler
from mamp_plugin.recipes import apply_recipe

PIPELINE = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]


def synthetic(layout, count):
    return dict(type='SyntheticSkeletonDataset', layout=layout, num_subjects=2, indices=count)


#: 17 samples of 25 joints in two data sets, 5 of 15 joints between them.
PARTS = [synthetic('nturgb+d', 7), synthetic('sbu', 5), synthetic('nturgb+d', 10)]


@pytest.fixture()
def dataset():
    return DATASETS.build(dict(type='MixedLayoutDataset', datasets=PARTS, pipeline=PIPELINE))


def layout_at(index):
    return 'sbu' if 7 <= index < 12 else 'nturgb+d'


@pytest.fixture()
def batches(dataset, monkeypatch):
    """Return the batches of an epoch on one rank, and check their number."""

    def batches(rank=0, world_size=1, epoch=0, seed=0, shuffle=True, **kwargs):
        monkeypatch.setattr('mmengine.dataset.sampler.get_dist_info', lambda: (rank, world_size))
        sampler = MixedLayoutBatchSampler(DefaultSampler(dataset, shuffle=shuffle, seed=seed), 2, **kwargs)
        sampler.sampler.set_epoch(epoch)
        drawn = list(sampler)
        assert len(drawn) == len(sampler)
        return drawn

    return batches


def test_samples_are_those_of_the_parts(dataset):
    assert len(dataset) == 22
    for index, joints in ((0, 25), (7, 15), (12, 25)):
        assert dataset[index]['inputs'].shape == (1, 2, 8, joints, 3)
    own = [dict(part, pipeline=PIPELINE) for part in PARTS]
    other = DATASETS.build(dict(type='MixedLayoutDataset', datasets=own, lazy_init=True))
    assert {layout: list(found) for layout, found in other.samples_by_layout().items()} == {
        'nturgb+d': [*range(7), *range(12, 22)],
        'sbu': [*range(7, 12)],
    }


@pytest.mark.parametrize('world_size', [1, 2, 3])
def test_batches_of_one_layout_and_equal_ranks(batches, world_size):
    ranks = [batches(rank, world_size) for rank in range(world_size)]
    seen = Counter()
    for step, parts in enumerate(zip(*ranks)):
        assert [len(part) for part in parts] == [2] * world_size
        assert {layout_at(index) for part in parts for index in part} == {('nturgb+d', 'sbu')[step % 2]}
        seen.update(index for part in parts for index in part)
    assert len({len(batches) for batches in ranks}) == 1 and set(seen) == set(range(22))
    for layout in ('nturgb+d', 'sbu'):
        counts = [count for index, count in seen.items() if layout_at(index) == layout]
        assert max(counts) - min(counts) <= 1
        assert sum(counts) == -(-17 // (2 * world_size)) * 2 * world_size


def test_drop_last(batches):
    drawn = Counter(index for batch in batches(drop_last=True) for index in batch)
    largest = [count for index, count in drawn.items() if layout_at(index) == 'nturgb+d']
    assert largest == [1] * 16 and sum(drawn.values()) == 32


def test_order_follows_seed_and_epoch(batches):
    assert batches(epoch=3) == batches(epoch=3)
    assert batches(epoch=3) != batches(epoch=4) and batches(epoch=3) != batches(epoch=3, seed=1)
    assert batches(shuffle=False)[:4] == [[0, 1], [7, 8], [2, 3], [9, 10]]


def test_wrong_use(dataset, batches):
    plain = DATASETS.build(dict(PARTS[0], pipeline=PIPELINE))
    for sampler, found in ((DefaultSampler(plain), 'DefaultSampler of a Syn'), (InfiniteSampler(dataset), 'Infinite')):
        with pytest.raises(TypeError, match=f'needs a DefaultSampler of a MixedLayoutDataset, got a {found}'):
            MixedLayoutBatchSampler(sampler, 2)
    with pytest.raises(ValueError, match='the 17 samples of the largest layout do not fill batch_size=2 on 9 ranks'):
        batches(world_size=9, drop_last=True)


def test_data_sets_without_a_layout(tmp_path):
    dump([], tmp_path / 'empty.pkl')
    nameless = dict(type='PoseDataset', ann_file=str(tmp_path / 'empty.pkl'), serialize_data=False)
    with pytest.raises(ValueError, match=r'datasets\[1\] of MixedLayoutDataset, a PoseDataset, has no layout; set it'):
        DATASETS.build(dict(type='MixedLayoutDataset', datasets=[PARTS[0], nameless], pipeline=PIPELINE))


# ---- training ------------------------------------------------------------------------------------------------------


@pytest.fixture()
def universal(load, shrink):
    """The config of several layouts: tiny, with 4 synthetic sequences of 25 joints and 2 of 20."""

    def universal(work_dir, **changes):
        cfg = load('mamp_universal')
        dataset, batch_sampler = cfg.train_dataloader.dataset, cfg.train_dataloader.batch_sampler
        dataset.datasets = [synthetic('nturgb+d', 4), synthetic('kinect_v1', 2)]
        cfg = shrink(cfg)
        cfg.train_dataloader.dataset = dataset
        cfg.train_dataloader.batch_sampler = batch_sampler
        cfg.work_dir = str(work_dir)
        cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1)
        cfg.merge_from_dict(changes)
        return cfg

    return universal


def train(cfg):
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


def test_a_resumed_run_ends_like_an_uninterrupted_one(universal, tmp_path):
    whole = train(universal(tmp_path / 'whole', train_cfg=dict(max_epochs=2)))
    assert whole.iter == 2 * 2
    train(universal(tmp_path / 'parts'))
    resumed = train(universal(tmp_path / 'parts', train_cfg=dict(max_epochs=2), resume=True))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_the_summary_of_a_run_gives_the_batch_size_of_the_batch_sampler(universal, tmp_path):
    runner = train(universal(tmp_path))
    assert f'batch size: {runner.train_dataloader.batch_sampler.batch_size} x 1 =' in ''.join(summarize_run(runner))


def test_the_encoder_is_transferred_to_a_third_layout(universal, tmp_path):
    pretrained = train(universal(tmp_path / 'pretraining')).model
    cfg = universal(tmp_path / 'transfer')
    with pytest.raises(ValueError, match='pretraining has several data sets, so a downstream run must name its own'):
        apply_recipe(cfg, 'linear')
    apply_recipe(cfg, 'transfer', to='sbu')
    assert cfg.train_cfg.max_epochs == 20  # an option of the method, not of the data
    assert 'batch_sampler' not in cfg.train_dataloader and 'other_layouts' not in cfg.model.backbone
    cfg.load_from = str(tmp_path / 'pretraining/epoch_1.pth')
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.batch_size, loader.num_workers = 4, 0
        loader.dataset = dict(synthetic('sbu', 8), pipeline=loader.dataset.pipeline)
    cfg.model.cls_head.update(num_classes=16, hidden_dims=8)
    cfg.train_cfg.max_epochs = 1
    cfg.optim_wrapper.optimizer.lr = 0
    cfg.param_scheduler = []
    model = train(cfg).model
    assert model.backbone.layout == 'sbu'
    for name, value in pretrained.backbone.state_dict().items():
        assert torch.equal(value, model.backbone.state_dict()[name]), name
