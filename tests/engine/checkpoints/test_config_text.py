"""Configs of checkpoints: literals are read, and nothing is executed or imported."""

import sys

import pytest

from mamp_plugin.engine.checkpoints.config_text import check_types, config_in, parse_config
from mamp_plugin.recipes import apply_recipe

REMEDY = 'give config='


@pytest.mark.parametrize(
    ('name', 'recipe'), [('mamp_ntu60', 'finetune'), ('pcm3_ntu60', None), ('pcm3_stgcn_ntu60', 'linear')]
)
def test_saved_configs_are_read_as_they_were(load, name, recipe):
    cfg = load(name)
    if recipe:
        apply_recipe(cfg, recipe)
    parsed = parse_config(cfg.pretty_text, 'a.pth', REMEDY)
    assert parsed.to_dict() == cfg.to_dict()
    check_types(
        [
            dict(layout='my.json', gcn_norm='BN', tcn_act='ReLU', data_bn_type='VC'),
            parsed.model,
            parsed.train_dataloader.dataset.pipeline,
        ],
        'a.pth',
        REMEDY,
    )


def test_literals():
    text = "a = dict({'1-2': [None, -1e-3, inf]}, b=())\nc = {'d': dict(e=True)}"
    assert parse_config(text, '', '') == dict(a={'1-2': [None, -0.001, float('inf')], 'b': ()}, c=dict(d=dict(e=True)))


@pytest.mark.parametrize(
    'line',
    [
        "x = __import__('pathlib').Path('executed').touch()",
        "x = dict(y=[open('executed', 'w')])",
        "open('executed', 'w')",
        'import antigravity',
        'x = [y for y in (1, 2)]',
        "x = dict(**{'y': 1})",
        "x = dict([('y', 1)])",
        'x = {**{}}',
        'x = y = 1',
        "x['y'] = 1",
        "x = 'a' * 1000000000",
        'x = other',
        "x = f'{1}'",
        'x = {[]: 1}',
        'x = (',
        'x = ' + '[' * 5000,
    ],
)
def test_anything_else_is_refused(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, 'antigravity', raising=False)
    with pytest.raises(
        ValueError, match=r'^the config in a.pth is no plain data at line \d: .*nothing .*Give config=$'
    ):
        parse_config(f'model = dict()\n{line}', 'a.pth', REMEDY)
    assert not list(tmp_path.iterdir()) and 'antigravity' not in sys.modules


@pytest.mark.parametrize(
    'part',
    [
        dict(type='subprocess.Popen', args=['touch', 'executed']),
        dict(type='antigravity'),
        dict(type='mmengine.runner.Runner'),
        dict(type='mamp_plugin.cli.train.main'),
        dict(type=3),
        dict(type='SkeletonSTGCN', gcn_norm='antigravity'),
        dict(type='SkeletonSTGCN', graph_cfg=dict(mode='antigravity.BN')),
        [dict(type='RandomChoice', transforms=[[dict(type='os.remove')]])],
        dict(type='SkeletonGRU', _scope_='antigravity'),
    ],
)
def test_types_that_would_be_imported_are_refused(part, monkeypatch):
    monkeypatch.delitem(sys.modules, 'antigravity', raising=False)
    with pytest.raises(ValueError, match='a.pth has .* not registered; import the module .* or give config='):
        check_types(part, 'a.pth', REMEDY)
    assert 'antigravity' not in sys.modules


def test_checkpoints_without_a_config():
    for content in ({}, dict(meta=dict(cfg=dict())), dict(meta=[])):
        with pytest.raises(ValueError, match=r"a.pth has no config: meta\['cfg'\] is no text; give config="):
            config_in(content, 'a.pth', REMEDY)
    with pytest.raises(ValueError, match='the config in a.pth has no model'):
        config_in(dict(meta=dict(cfg='model = 3')), 'a.pth', REMEDY)
    cfg = config_in(dict(meta=dict(cfg="model = dict()\ncustom_imports = dict(imports=['this'])")), 'a.pth', REMEDY)
    assert cfg == dict(model=dict())
