"""A layout of the user in a config: data set, transforms, masks, encoders, recipes, figures."""

import json

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config

from mamp_plugin.cli.launch import common_parser, load_config
from mamp_plugin.recipes import apply_recipe, pretrain
from mamp_plugin.skeletons import LAYOUTS, registry

#: No center of the hips or the shoulders, and joints of which the names decide no part: the elbows swing with the legs.
LAYOUT = dict(
    name='figure',
    joints=['neck', 'left_elbow', 'right_elbow', 'left_foot', 'right_foot', 'spine', 'left_hip', 'right_hip'],
    bones=[
        *(['spine', 'neck'], ['left_elbow', 'neck'], ['right_elbow', 'neck'], ['left_hip', 'spine']),
        *(['right_hip', 'spine'], ['left_foot', 'left_hip'], ['right_foot', 'right_hip']),
    ],
    center='spine',
    spine=['spine', 'neck'],
    shoulders=['left_elbow', 'right_elbow'],
    parts=dict(left_leg=['left_elbow'], right_leg=['right_elbow']),
)


@pytest.fixture(autouse=True)
def table(monkeypatch):
    """Table of layouts for one test."""
    monkeypatch.setattr('mamp_plugin.skeletons.registry.LAYOUTS', LAYOUTS.copy())


def another_process():
    """Forget the layouts of the user, as a process that only has the config."""
    registry.LAYOUTS.pop('figure', None)


def config_of(method, layout, load, shrink):
    """Return a small config that is pretrained on synthetic sequences of a layout."""
    cfg = load(f'{method}_ntu60')
    cfg.train_dataloader.dataset.layout = layout
    backbone = cfg.model.backbone
    (backbone.graph_cfg if 'graph_cfg' in backbone else backbone).layout = layout
    return shrink(cfg)


@pytest.mark.parametrize('method', ['mamp', 'pcm3', 'pcm3_stgcn'])
def test_it_works_from_the_data_to_the_classifier(method, load, shrink):
    cfg = config_of(method, LAYOUT, load, shrink)
    data = DATASETS.build(cfg.train_dataloader.dataset)
    sample = data[0]
    assert sample['inputs'].shape[-2:] == (8, 3) and data.metainfo['layout'] == 'figure'
    another_process()
    model = MODELS.build(cfg.model)
    losses = model(torch.stack([data[index]['inputs'] for index in range(4)]), mode='loss')
    assert all(torch.as_tensor(loss).isfinite().all() for loss in losses.values())
    assert model.backbone.layout == 'figure'
    another_process()
    # the features of a recurrent encoder belong to no joint
    apply_recipe(cfg, 'linear', **({} if method == 'pcm3' else dict(readout='PartPool')))
    another_process()
    cfg = Config(json.loads(json.dumps(cfg.to_dict())))  # plain values, as a checkpoint holds it
    head = MODELS.build(cfg.model.cls_head)
    if method != 'pcm3':  # three of the five parts have joints
        assert head.readout.out_channels == head.readout.segments * 3 * head.in_channels
    assert DATASETS.build(dict(cfg.val_dataloader.dataset))[0]['inputs'].shape[-2:] == (8, 3)


def test_its_parts_are_hidden(load, shrink):
    cfg = config_of('mamp', LAYOUT, load, shrink)
    steps = [
        dict(type='OccludeBodyParts', parts=['left_leg']),
        dict(type='SkeletonStream', stream='bone', layout=LAYOUT),
    ]
    sample = DATASETS.build(dict(cfg.train_dataloader.dataset, pipeline=steps[:1]))[0]
    assert [joint for joint in range(8) if not sample['keypoint'][:, :, joint].any()] == [1, 3, 6]
    another_process()
    sample = DATASETS.build(dict(cfg.train_dataloader.dataset, pipeline=steps[1:]))[0]
    assert not sample['keypoint'][:, :, 0].any(), 'the neck is the root'


def test_layout_of_the_model_is_that_of_the_data_set(load):
    base = Config.fromfile(load('mamp_synthetic').filename)._cfg_dict
    base.update(train_data=dict(type='SyntheticSkeletonDataset', layout=LAYOUT))
    base.setdefault('pipeline', base.train_dataloader.dataset.pipeline)
    assert pretrain(base)['model']['backbone']['layout'] == LAYOUT


def test_a_file_in_a_config_is_saved_with_the_run(tmp_path, monkeypatch, load):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'figure.json').write_text(json.dumps(LAYOUT))
    options = [f'{key}.layout=figure.json' for key in ('+train_dataloader.dataset', 'model.backbone')]
    arguments = [load('mamp_synthetic').filename, '--cfg-options', *options]
    cfg = load_config(common_parser('').parse_args(arguments))
    (tmp_path / 'figure.json').unlink()
    another_process()
    assert MODELS.build(cfg.model).backbone.layout == 'figure'


def test_an_encoder_of_several_layouts_knows_it(tmp_path, monkeypatch, load):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'figure.json').write_text(json.dumps(LAYOUT))
    settings = ['model.backbone.joint_names=True', '+model.backbone.other_layouts=[figure.json,sbu]']
    arguments = [load('mamp_synthetic').filename, '--cfg-options', f'+{settings[0]}', settings[1]]
    cfg = load_config(common_parser('').parse_args(arguments))
    (tmp_path / 'figure.json').unlink()
    another_process()
    backbone = MODELS.build(cfg.model).backbone
    assert backbone.layouts == ('nturgb+d', 'figure', 'sbu') and backbone.joint_counts == [25, 8, 15]
