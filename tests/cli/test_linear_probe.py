"""The linear_probe command: printed accuracy, saved model and errors."""

import re
import sys

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.cli import linear_probe
from mamp_plugin.cli import test as test_command

CONFIG = """
pipeline = [
    dict(type='CropResizeFrames', window=12, proportion=(0.95,)),
    dict(type='FormatGCNInput', num_person=2),
    dict(type='PackActionInputs'),
]
model = dict(
    type='RecognizerGCN',
    backbone=dict(type='SkeletonGRU', layout='sbu', hidden_dims=8, num_layers=1, frozen_stages=1),
    cls_head=dict(type='LinearProbeHead', num_classes=16, in_channels=16),
)
data = dict(type='SyntheticSkeletonDataset', layout='sbu', num_subjects=1, indices=24, pipeline=pipeline)
train_dataloader = dict(
    batch_size=8, num_workers=0, dataset=data, sampler=dict(type='DefaultSampler', shuffle=True))
test_dataloader = dict(
    batch_size=8, num_workers=0, dataset=data, sampler=dict(type='DefaultSampler', shuffle=False))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='AccMetric')
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
default_scope = 'mmaction'
"""


@pytest.fixture()
def run(monkeypatch, capsys, tmp_path):
    """Run a command on the config and a checkpoint; return its output."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))  # formatting is slow
    monkeypatch.setattr(Runner, '_log_env', lambda self, env_cfg: None)
    config, encoder = tmp_path / 'linear.py', tmp_path / 'encoder.pth'
    config.write_text(CONFIG)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save(dict(state_dict={f'backbone.{k}': v for k, v in model.backbone.state_dict().items()}), encoder)

    def call(command, checkpoint=encoder, *options):
        arguments = [config, checkpoint, '--work-dir', tmp_path / 'work', *options]
        monkeypatch.setattr(sys, 'argv', ['command', *map(str, arguments)])
        command.main()
        return capsys.readouterr().out

    return call


def test_saved_model_tests_to_the_printed_accuracy(run, tmp_path):
    printed = run(linear_probe)
    assert 'features of the test pipeline, without augmentation' in printed
    accuracy = re.search(r'^acc/top1: ([\d.]+)$', printed, re.M)[1]
    path = tmp_path / 'work/linear_probe.pth'
    assert f'whole model saved to {path}' in printed
    assert f'acc/top1: {accuracy}' in run(test_command, path)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--cfg-options', 'model.backbone.frozen_stages=-1'], 'linear.py is not frozen'),
        (['--cfg-options', 'model.backbone.hidden_dims=4'], 'encoder.pth does not fit model.backbone'),
        (['--launcher', 'pytorch'], 'got --launcher pytorch; leave it out'),
    ],
)
def test_errors(run, options, message, tmp_path):
    with pytest.raises(SystemExit, match=message):
        run(linear_probe, tmp_path / 'encoder.pth', *options)
    assert not (tmp_path / 'work/linear_probe.pth').exists()


def test_pretraining_configs(run, tmp_path):
    model = "dict(_delete_=True, type='MAMP', backbone=dict(type='SkeletonTransformer'))"
    (tmp_path / 'linear.py').rename(tmp_path / 'base.py')
    (tmp_path / 'linear.py').write_text(f"_base_ = 'base.py'\nmodel = {model}\n")
    with pytest.raises(SystemExit, match='linear.py has no model.cls_head: model.type is MAMP; .* --recipe linear$'):
        run(linear_probe)


def test_missing_checkpoint(run):
    with pytest.raises(SystemExit, match='checkpoint nowhere.pth does not exist'):
        run(linear_probe, 'nowhere.pth')
