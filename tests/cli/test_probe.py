"""The probe command: one row per checkpoint after raw poses and random weights."""

import json
import sys
from functools import partial, reduce
from io import StringIO
from pathlib import Path

import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config

from mamp_plugin.apis import build_pretrainer, extract_features
from mamp_plugin.cli.probe import Accuracies, main
from mamp_plugin.evaluation import fit_whitening, linear_probe, nearest_neighbors
from mamp_plugin.recipes.data import evaluation_datasets

ROOT = Path(__file__).parents[2]
CONFIG = """
test_pipeline = [
    dict(type='CropResizeFrames', window=8, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
train_pipeline = [dict(type='RandomRotate3D', angle=3), *test_pipeline]
train_data = dict(type='SyntheticSkeletonDataset', layout='sbu', split='xsub_train', num_subjects=2)
data_info = dict(val=dict(split='xsub_val'))
train_dataloader = dict(dataset=dict(train_data, pipeline=train_pipeline))
model = dict(
    type='MAMP',
    backbone=dict(
        type='SkeletonTransformer', layout='sbu', num_frames=8, embed_dims=16, depth=1, num_heads=2, temporal_patch=4),
    masking=dict(type='RandomMasking', ratio=0.5),
    neck=dict(type='MotionDecoder', embed_dims=16, depth=1, num_heads=2),
    head=dict(type='MotionPredictionHead'),
)
"""


@pytest.fixture()
def run(monkeypatch, capsys, tmp_path):
    (tmp_path / 'mamp.py').write_text(CONFIG)

    def call(*arguments):
        monkeypatch.setattr(sys, 'argv', ['probe.py', *map(str, arguments)])
        main()
        return capsys.readouterr().out

    return call


def accuracies(features, labels, queries, expected):
    """Return both accuracies as printed."""
    for predicted in (
        nearest_neighbors(queries, features, labels),
        linear_probe(features, labels)(queries).argmax(dim=1),
    ):
        yield f'{100 * (predicted == expected).float().mean():.1f}'


@pytest.mark.parametrize(('readout', 'whiten'), [('mean', None), ('parts', 8)])
def test_table(run, tmp_path, readout, whiten):
    cfg = Config.fromfile(tmp_path / 'mamp.py')
    torch.save(dict(state_dict=build_pretrainer(cfg).state_dict()), tmp_path / 'epoch_1.pth')
    options = ['--readout', readout, *(['--whiten', whiten] if whiten else [])]
    settings = ['--cfg-options', '+model.readout.segments=2']
    table = run(tmp_path / 'mamp.py', tmp_path / 'epoch_1.pth', *options, *settings)
    header, poses, random, trained = table.splitlines()
    assert header.split() == ['weights', '1-NN', 'linear']
    if readout == 'parts':
        cfg.model.readout = dict(type='PartPool', segments=2)
    model, datasets = build_pretrainer(cfg), evaluation_datasets(cfg)
    (features, labels), (queries, expected) = (extract_features(model, data) for data in datasets)
    assert features.size(1) == (2 * 5 * 16 if readout == 'parts' else 16)
    if whiten:
        whitening = fit_whitening(features, whiten)
        features, queries = whitening(features), whitening(queries)
    neighbor, linear = accuracies(features, labels, queries, expected)
    assert random.split() == ['random', neighbor, linear] and min(float(neighbor), float(linear)) > 100 / 16
    assert trained.split() == ['epoch_1.pth', neighbor, linear]
    gallery, unseen = (
        torch.stack([sample['inputs'].flatten() for sample in DATASETS.build(data)]) for data in datasets
    )
    assert poses.split() == ['raw', 'poses', next(accuracies(gallery, labels, unseen, expected)), '-']


def test_rows_as_json_and_seed_of_the_random_weights(run, tmp_path):
    tables = [run(tmp_path / 'mamp.py', '--seed', seed, '--out', tmp_path / f'out/{seed}.json') for seed in (0, 1)]
    contents = [json.loads((tmp_path / f'out/{seed}.json').read_text()) for seed in (0, 1)]
    for table, content in zip(tables, contents):
        poses, random = content['rows']
        assert poses == dict(weights='raw poses', neighbor=poses['neighbor'], linear=None, converged=True)
        numbers = [f'{poses["neighbor"]:.1f}', f'{random["neighbor"]:.1f}', f'{random["linear"]:.1f}']
        assert table.split()[3:] == ['raw', 'poses', numbers[0], '-', 'random', *numbers[1:]]
        assert content['config'] == str(tmp_path / 'mamp.py') and random['weights'] == 'random' and random['converged']
    assert contents[0]['rows'][0] == contents[1]['rows'][0] and contents[0]['rows'][1] != contents[1]['rows'][1]
    with pytest.raises(IsADirectoryError, match='out'):
        run(tmp_path / 'mamp.py', '--out', tmp_path / 'out')


def test_another_data_set(run, tmp_path, monkeypatch):
    """The encoder is built for the other layout; what the pretraining config says of data does not matter."""
    probed = []
    monkeypatch.setattr('mamp_plugin.cli.probe.probe', lambda *given, **_: probed.append(given) or Accuracies(50))
    (tmp_path / 'other.py').write_text(
        "train_data = dict(type='SyntheticSkeletonDataset', layout='kinect_v1', split='xsub_train')\n"
        "data_info = dict(num_persons=2, val=dict(split='xsub_val'))\n"
    )
    changes = (
        ("layout='sbu', num", "layout='sbu', joint_names=True, other_layouts=['coco'], num"),
        ('dataset=dict(train_data,', "dataset=dict(type='MixedLayoutDataset', datasets=[train_data],"),
    )
    (tmp_path / 'mixed.py').write_text(reduce(lambda text, change: text.replace(*change), changes, CONFIG))
    run(tmp_path / 'mixed.py', '--data', tmp_path / 'other.py')
    model, train, val = probed[-1]
    assert model.backbone.layout == train['layout'] == val['layout'] == 'kinect_v1'
    assert model.backbone.layouts == ('kinect_v1',) and (train['split'], val['split']) == ('xsub_train', 'xsub_val')
    assert train['pipeline'] == val['pipeline'] == Config.fromfile(tmp_path / 'mamp.py').test_pipeline
    with pytest.raises(ValueError, match='pretraining has several data sets'):
        run(tmp_path / 'mixed.py')
    message = "other.py has skeletons of layout 'kinect_v1', but .*mamp.py pretrains a vector per joint of 'sbu'"
    with pytest.raises(SystemExit, match=message):
        run(tmp_path / 'mamp.py', '--data', tmp_path / 'other.py')


def test_readout_of_the_config_and_the_remark(run, tmp_path, monkeypatch):
    monkeypatch.setattr('mamp_plugin.cli.probe.linear_probe', partial(linear_probe, max_iter=1))
    *_, mean = run(tmp_path / 'mamp.py').splitlines()
    options = ['+model.readout.type=PartPool', '+model.readout.segments=2']
    *_, parts = run(tmp_path / 'mamp.py', '--cfg-options', *options).splitlines()
    assert mean.split()[:3] != parts.split()[:3]
    assert parts.endswith('(the linear solver did not converge; its accuracy may change)')


def test_config_in_a_work_dir_and_progress_on_a_terminal(run, tmp_path, monkeypatch):
    (tmp_path / 'work').mkdir()
    Config.fromfile(tmp_path / 'mamp.py').dump(tmp_path / 'work/mamp.py')
    expected = run(tmp_path / 'mamp.py')
    bar = StringIO()
    bar.isatty = lambda: True
    monkeypatch.setattr(sys, 'stderr', bar)
    assert run(tmp_path / 'work/mamp.py') == expected
    assert '1/1' in bar.getvalue()


@pytest.mark.parametrize('method', ['mamp', 'pcm3'])
def test_saved_config_of_a_method(method, tmp_path):
    cfg = Config.fromfile(ROOT / f'configs/{method}_synthetic.py')
    cfg.dump(tmp_path / 'saved.py')
    saved = Config.fromfile(tmp_path / 'saved.py')
    assert saved.model == cfg.model and evaluation_datasets(saved) == evaluation_datasets(cfg)


def test_downstream_configs_and_unknown_settings(run, tmp_path):
    (tmp_path / 'linear.py').write_text("_base_ = 'mamp.py'\nmodel = dict(type='RecognizerGCN', cls_head=dict())\n")
    with pytest.raises(SystemExit, match='linear.py is no pretraining config: model.type is RecognizerGCN, .*; give'):
        run(tmp_path / 'linear.py')
    with pytest.raises(SystemExit, match='mamp.py has no key model.backbone.dept; did you mean model.backbone.depth'):
        run(tmp_path / 'mamp.py', '--cfg-options', 'model.backbone.dept=2')


def test_missing_files(run, tmp_path):
    with pytest.raises(SystemExit, match='config file nowhere.py does not exist'):
        run('nowhere.py')
    with pytest.raises(SystemExit, match='checkpoint nowhere.pth does not exist'):
        run(tmp_path / 'mamp.py', 'nowhere.pth')
