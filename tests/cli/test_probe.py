"""The probe command: one row per checkpoint after one for random weights."""

import sys
from io import StringIO
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mamp_plugin.apis import build_pretrainer, extract_features
from mamp_plugin.cli.probe import main
from mamp_plugin.evaluation import linear_probe, nearest_neighbors
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


def test_table(run, tmp_path):
    cfg = Config.fromfile(tmp_path / 'mamp.py')
    torch.save(dict(state_dict=build_pretrainer(cfg).state_dict()), tmp_path / 'epoch_1.pth')
    header, random, trained = run(tmp_path / 'mamp.py', tmp_path / 'epoch_1.pth').splitlines()
    assert header.split() == ['weights', '1-NN', 'linear']
    name, neighbor, linear = random.split()
    assert name == 'random' and trained.split() == ['epoch_1.pth', neighbor, linear]
    (features, labels), (queries, expected) = (
        extract_features(build_pretrainer(cfg), data) for data in evaluation_datasets(cfg)
    )
    for printed, predicted in (
        (neighbor, nearest_neighbors(queries, features, labels)),
        (linear, linear_probe(features, labels)(queries).argmax(dim=1)),
    ):
        assert printed == f'{100 * (predicted == expected).float().mean():.1f}' and float(printed) > 100 / 16


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
