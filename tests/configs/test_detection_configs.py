"""Every detection config builds, trains its head and evaluates, and says what the protocol says."""

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.datasets import SyntheticUntrimmedDataset

DETECTION = Path(__file__).parents[2] / 'configs/downstream/detection'
NAMES = sorted(path.stem for path in DETECTION.glob('*.py'))
#: Sizes small enough for a test, by the encoder; and the channels of its features.
TINY = dict(
    SkeletonGRU=(dict(hidden_dims=8, num_layers=1, frozen_stages=1), 16),
    SkeletonTransformer=(dict(embed_dims=16, depth=1, num_heads=2, frozen_stages=1), 16),
)


@pytest.fixture(scope='module')
def untrimmed_file(tmp_path_factory):
    """An annotation file as the tool writes it, with the shortest sequence of each split."""
    made = SyntheticUntrimmedDataset([], window=64, stride=32, num_subjects=2, lazy_init=True)
    annotations = made.load_data_list()
    split = {}
    for name in ('xsub_train', 'xsub_val'):
        names = [take.name for take in made.takes(name)]
        lengths = {video['total_frames']: video['frame_dir'] for video in annotations if video['frame_dir'] in names}
        split[name] = [lengths[min(lengths)]]
    path = tmp_path_factory.mktemp('untrimmed') / 'untrimmed.pkl'
    path.write_bytes(pickle.dumps(dict(split=split, annotations=annotations), protocol=5))
    return str(path)


def load(name):
    return Config.fromfile(DETECTION / f'{name}.py')


def shrink(cfg, work_dir, untrimmed_file):
    """The same run with a tiny encoder on little data."""
    cfg.work_dir = str(work_dir)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(batch_size=4, num_workers=0)
        small = dict(ann_file=untrimmed_file) if 'ann_file' in loader.dataset else dict(num_subjects=2)
        loader.dataset.update(small)
    cfg.train_dataloader.dataset.indices = 8
    backbone, channels = TINY[cfg.model.backbone.type]
    cfg.merge_from_dict(dict(model=dict(backbone=backbone, cls_head=dict(in_channels=channels))))
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint = None
    return cfg


@pytest.mark.parametrize('name', NAMES)
def test_trains_two_iterations_and_evaluates(name, tmp_path, untrimmed_file):
    runner = Runner.from_cfg(shrink(load(name), tmp_path, untrimmed_file))
    runner.model.init_weights()
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    changed = {key.split('.')[0] for key, value in runner.model.state_dict().items() if not value.equal(before[key])}
    assert changed == {'cls_head'}
    assert math.isfinite(runner.message_hub.get_scalar('train/loss').current())
    figures = {key: runner.message_hub.get_scalar(f'val/detection/{key}').current() for key in ('mAP_a', 'mAP_v@0.5')}
    assert all(0 <= value <= 1 for value in figures.values())


def test_there_is_one_for_every_method_and_data_set():
    assert sorted(f'{method}_{data}' for method in ('mamp', 'pcm3') for data in ('pku1', 'pku2', 'synthetic')) == NAMES


@pytest.mark.parametrize('name', NAMES)
def test_the_protocol(name):
    cfg = load(name)
    mamp, data = name.startswith('mamp'), name.split('_')[1]
    assert cfg.optim_wrapper == dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0))
    assert cfg.train_cfg.max_epochs == 100
    steps = dict(type='MultiStepLR', milestones=[20, 50, 80], gamma=0.1)
    assert cfg.param_scheduler == [dict(type='WarmupCosineLR', convert_to_iter_based=True) if mamp else steps]
    backbone, head = cfg.model.backbone, cfg.model.cls_head
    assert backbone.frozen_stages == (backbone.depth if mamp else backbone.num_layers)
    assert head.norm if mamp else 'norm' not in head
    window = backbone.num_frames if mamp else 64
    assert data == 'synthetic' or window == (120 if mamp else 64)
    for loader, part in ((cfg.train_dataloader, 'train'), (cfg.val_dataloader, 'val')):
        dataset = loader.dataset
        assert (dataset.window, dataset.stride, dataset.split) == (window, window // 2, f'xsub_{part}')
        if data != 'synthetic':
            assert dataset.ann_file == f'data/skeleton/{data}_untrimmed.pkl'
            assert dataset.num_classes == head.num_classes == 51
        moves = [step for step in dataset.pipeline if step.type not in ('FormatGCNInput', 'PackActionInputs')]
        turn = [dict(type='RandomRotate3D', angle=0.3)] if mamp and part == 'train' else []
        center = [dict(type='CenterSkeleton', frame='first')] if mamp else []
        center = center or [dict(type='CenterSkeleton', frame='every', align=True)]
        assert moves == ([] if mamp and data != 'synthetic' else center) + turn
    assert cfg.test_dataloader == cfg.val_dataloader and cfg.val_dataloader.dataset.test_mode
    assert [metric.type for metric in cfg.val_evaluator] == ['ActionDetectionMetric']
    assert cfg.test_evaluator == cfg.val_evaluator


@pytest.mark.parametrize('name', ['mamp_synthetic', 'pcm3_synthetic', 'mamp_pku1'])
def test_frames_stay_where_their_labels_are(name, untrimmed_file):
    """A mark in one frame is found in the same frame after the pipeline."""
    config = load(name).val_dataloader.dataset
    small = dict(ann_file=untrimmed_file) if 'ann_file' in config else dict(num_subjects=2)
    data = DATASETS.build(dict(config, **small))
    for video in data.videos:
        video['keypoint'][:, :7] = 0  # nobody is there at first
        video['keypoint'][:, 11] = 0
    inputs = data[0]['inputs']
    present = inputs.flatten(3).any(dim=-1)[0, 0]
    expected = np.r_[np.zeros(7), np.ones(4), 0, np.ones(8)].astype(bool)
    assert torch.equal(present[:20], torch.from_numpy(expected))


def test_learns_a_video_by_heart(tmp_path, untrimmed_file):
    """Labels, scores and windows go together from the file to the figures."""
    cfg = shrink(load('pcm3_pku1'), tmp_path, untrimmed_file)
    cfg.train_dataloader.dataset.pop('indices')
    cfg.train_dataloader.batch_size = 10
    cfg.val_dataloader.dataset.split = 'xsub_train'
    cfg.merge_from_dict(
        dict(model=dict(backbone=dict(frozen_stages=-1, hidden_dims=32), cls_head=dict(in_channels=64)))
    )
    cfg.optim_wrapper.optimizer = dict(type='AdamW', lr=1e-2)
    cfg.train_cfg.update(max_epochs=20, val_interval=20)
    runner = Runner.from_cfg(cfg)
    runner.model.init_weights()
    before = runner.val()
    runner.train()
    after = {key: runner.message_hub.get_scalar(f'val/{key}').current() for key in before}
    # found: 0 before; 1 and, of the frames, 0.94 after
    assert before['detection/mAP_v@0.5'] < 0.2 < 0.7 < after['detection/mAP_v@0.5']
    assert after['detection/frame_acc'] > 0.85
