"""The occlusion command: table, file and errors."""

import json
import sys
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from mamp_plugin.cli.occlusion import main
from mamp_plugin.recipes.occlusion import OCCLUSIONS
from mamp_plugin.skeletons import get_layout

ROOT = Path(__file__).parents[2]
STGCN = ROOT / 'configs/downstream/supervised/stgcn_synthetic.py'
SMALL = [
    'model.backbone.base_channels=32',
    'model.backbone.num_stages=1',
    'model.backbone.inflate_stages=[]',
    'model.backbone.down_stages=[]',
    'model.cls_head.in_channels=32',
    '+test_dataloader.dataset.indices=16',
    'test_dataloader.num_workers=0',
    'test_dataloader.persistent_workers=False',
]


@pytest.fixture()
def call(monkeypatch, capsys, tmp_path):
    """Run the command; return its output and the written file."""
    monkeypatch.setattr(Config, 'pretty_text', property(lambda cfg: repr(cfg.to_dict())))

    def run(config, checkpoint, options=SMALL):
        work_dir = tmp_path / 'work'
        arguments = [str(config), str(checkpoint), '--work-dir', str(work_dir), '--cfg-options', *options]
        monkeypatch.setattr(sys, 'argv', ['occlusion.py', *arguments])
        main()
        return capsys.readouterr().out, json.loads((work_dir / 'occlusion.json').read_text())

    return run


@pytest.fixture()
def checkpoint(tmp_path):
    """Checkpoint of an STGCN whose last layer is fitted to the 16 samples, one per action."""
    cfg = small_config()
    model = MODELS.build(cfg.model).eval()
    batch = next(iter(Runner.build_dataloader(dict(cfg.test_dataloader, batch_size=16))))
    with torch.no_grad():
        features = model.backbone(torch.stack(batch['inputs'])[:, 0]).mean(dim=(1, 3, 4))
        labels = torch.eye(16)[torch.cat([sample.gt_label for sample in batch['data_samples']])]
        model.cls_head.fc.weight.copy_((torch.linalg.pinv(features.double()) @ labels.double()).T)
        model.cls_head.fc.bias.zero_()
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'stgcn.pth')
    return tmp_path / 'stgcn.pth'


def small_config():
    cfg = Config.fromfile(STGCN)
    cfg.merge_from_dict({key: eval(value) for key, value in (option.lstrip('+').split('=') for option in SMALL)})
    return cfg


def test_default_occlusions_of_a_supervised_classifier(call, checkpoint, tmp_path):
    printed, written = call(STGCN, checkpoint)
    assert (written['config'], written['checkpoint']) == (str(STGCN), str(checkpoint))
    names = list(OCCLUSIONS)
    assert list(written['metrics']) == names and len(names) == 19
    header, *rows, _ = printed[printed.index('occluded') :].splitlines()
    assert header.split() == ['occluded', 'acc/top1', 'acc/top5', 'acc/mean1']
    for row, (name, metrics) in zip(rows, written['metrics'].items()):
        assert row.startswith(f'{name} ')
        assert row[len(name) :].split() == [f'{value:.4f}' for value in metrics.values()]
    assert len(rows) == 19
    top1 = {name: metrics['acc/top1'] for name, metrics in written['metrics'].items()}
    assert top1.pop('none') == 1 > max(top1.values())

    cfg = small_config()
    cfg.update(load_from=str(checkpoint), work_dir=str(tmp_path / 'plain'))
    assert Runner.from_cfg(cfg).test() == pytest.approx(written['metrics']['none'])


def test_occlusions_of_the_config_with_persistent_workers(call, checkpoint):
    config = checkpoint.parent / 'body.py'
    parts = list(get_layout('nturgb+d').parts)
    occlusions = dict(nothing=[], everything=[dict(type='OccludeBodyParts', parts=parts)])
    config.write_text(f'_base_ = {str(STGCN)!r}\nocclusions = {occlusions!r}\n')
    workers = ['test_dataloader.num_workers=1', 'test_dataloader.persistent_workers=True']
    printed, written = call(config, checkpoint, SMALL + workers)
    assert list(written['metrics']) == ['nothing', 'everything'] and 'trunk' not in printed
    assert written['metrics']['everything']['acc/top1'] == 1 / 16
    assert written['metrics']['nothing']['acc/top1'] == 1


@pytest.mark.parametrize('method', ['mamp', 'pcm3'])
def test_linear_classifiers(call, method, tmp_path):
    config = ROOT / f'configs/downstream/occlusion/{method}_synthetic_occlusion.py'
    small = dict(mamp=['embed_dims=8', 'depth=1', 'num_heads=1', 'frozen_stages=1'])
    small['pcm3'] = ['hidden_dims=4', 'num_layers=1', 'frozen_stages=1']
    options = [f'model.backbone.{option}' for option in small[method]] + ['model.cls_head.in_channels=8']
    cfg = Config.fromfile(config)
    cfg.merge_from_dict({key: eval(value) for key, value in (option.split('=') for option in options)})
    torch.save(dict(state_dict=MODELS.build(cfg.model).state_dict()), tmp_path / 'linear.pth')
    data = ['+test_dataloader.dataset.indices=4', 'test_dataloader.num_workers=0']
    _, written = call(config, tmp_path / 'linear.pth', options=[*options, *data])
    assert list(written['metrics']) == list(OCCLUSIONS)


def test_wrong_checkpoint(call, checkpoint):
    content = torch.load(checkpoint, weights_only=True)['state_dict']
    encoder = {name: value for name, value in content.items() if name.startswith('backbone.')}
    torch.save(dict(state_dict=encoder), checkpoint)
    with pytest.raises(ValueError, match='stgcn.pth lacks cls_head of the model'):
        call(STGCN, checkpoint)
    torch.save(dict(state_dict=dict(content, **{'cls_head.fc.bias': torch.zeros(3)})), checkpoint)
    with pytest.raises(ValueError, match=r'stgcn.pth does not fit the model: cls_head.fc.bias is \(3,\) there'):
        call(STGCN, checkpoint)


def test_errors(call, checkpoint, tmp_path):
    with pytest.raises(SystemExit, match='checkpoint nothing.pth does not exist'):
        call(STGCN, 'nothing.pth')
    with pytest.raises(SystemExit, match='config file nothing.py does not exist'):
        call('nothing.py', checkpoint)
    with pytest.raises(SystemExit, match='mamp_synthetic.py has no test_cfg, .* give the config of a classifier'):
        call(ROOT / 'configs/mamp_synthetic.py', checkpoint, options=['train_cfg.max_epochs=1'])
