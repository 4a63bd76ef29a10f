"""Recipes: downstream runs follow the pretraining config, train and evaluate."""

import shutil
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner

from mamp_plugin.cli.launch import common_parser, load_config
from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.recipes import RECIPES, apply_recipe, evaluation_datasets

CONFIGS = Path(__file__).parents[2] / 'configs'
#: One config per kind of encoder and, for two kinds, on a second layout; one whose encoder knows joints by name.
PRETRAINING = ('mamp_ntu60', 'mamp_utd', 'mamp_universal', 'pcm3_ntu60', 'pcm3_utd', 'pcm3_stgcn_ntu60')
OPTIONS = dict(transfer=dict(to='sbu'), semi=dict(fraction=0.5, repeat=2), forecast=dict(history=12, horizon=4))


def make_short(cfg):
    """One epoch of a few iterations for what a recipe has set."""
    cfg.train_dataloader.update(batch_size=4, num_workers=0)
    for key in ('val_dataloader', 'test_dataloader'):
        if cfg.get(key):
            cfg[key].update(batch_size=8, num_workers=0)
    cfg.train_cfg.update(max_epochs=1, val_interval=1)
    cfg.param_scheduler = []
    if cfg.model.get('cls_head', {}).get('type') == 'JointMLPHead':
        cfg.model.cls_head.hidden_dims = 8
    if 'detection' in str(cfg.get('val_evaluator')).lower():
        for key in ('val_dataloader', 'test_dataloader'):
            cfg[key].dataset.pop('indices')  # all windows of a recording
    return cfg


@pytest.mark.parametrize('name', PRETRAINING)
@pytest.mark.parametrize('recipe', RECIPES)
def test_downstream_runs_train_and_evaluate(recipe, name, load, shrink):
    cfg = shrink(load(name))
    apply_recipe(cfg, recipe, **OPTIONS.get(recipe, {}))
    if recipe == 'transfer':  # synthetic sequences of the other layout
        for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
            pipeline = loader.dataset.pipeline
            loader.dataset = dict(
                type='SyntheticSkeletonDataset', layout='sbu', num_subjects=2, indices=8, pipeline=pipeline
            )
        cfg.model.cls_head.num_classes = 16
    runner = Runner.from_cfg(make_short(cfg))
    runner.model.init_weights()
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert torch.isfinite(torch.as_tensor(runner.message_hub.get_scalar('train/loss').current()))
    after = runner.model.state_dict()
    trained = any(not value.equal(before[key]) for key, value in after.items() if key.startswith('backbone.'))
    assert trained == (recipe not in ('linear', 'occlusion', 'detection'))
    assert any(not value.equal(before[key]) for key, value in after.items() if not key.startswith('backbone.'))
    metrics = dict(
        retrieval='val/knn/acc_k1', forecast='val/mpjpe/4', detection='val/detection/mAP_a', other='val/acc/top1'
    )
    assert runner.message_hub.get_scalar(metrics.get(recipe, metrics['other'])).current() >= 0


# ---- one inheritance -----------------------------------------------------------------------------------------------


def parse(config, recipe=None, options=(), recipe_options=()):
    """Read a config as the tools do."""
    arguments = [str(config), *(['--recipe', recipe] if recipe else [])]
    arguments += ['--recipe-options', *recipe_options] if recipe_options else []
    arguments += ['--cfg-options', *options] if options else []
    return load_config(common_parser('').parse_args(arguments))


CHANGED = dict(
    model=dict(
        backbone=dict(layout='kinect_v1', num_frames=80, embed_dims=64, depth=3, num_heads=4), masking=dict(ratio=0.7)
    ),
    train_dataloader=dict(dataset=dict(ann_file='mine.pkl', layout='kinect_v1')),
)


def options_of(changes, prefix=''):
    for key, value in changes.items():
        if isinstance(value, dict):
            yield from options_of(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}={value}'


def write_leaf(folder, recipe, base, **options):
    """A pretraining config of one's own that inherits a shipped one, and a leaf on top of it."""
    arguments = ''.join(f', {key}={value!r}' for key, value in options.items())
    (folder / 'mine.py').write_text(f"_base_ = '{base}'\n" + '\n'.join(f'{k} = {v!r}' for k, v in CHANGED.items()))
    text = (
        f"_base_ = './mine.py'\nfrom mamp_plugin.recipes import {recipe}\nglobals().update({recipe}(_base_{arguments}))"
    )
    (folder / 'leaf.py').write_text(text)
    return folder / 'leaf.py'


@pytest.mark.parametrize('route', ['leaf', 'recipe', 'other folder'])
@pytest.mark.parametrize('recipe', RECIPES)
def test_changes_of_the_pretraining_config_reach_the_downstream_run(recipe, route, tmp_path, monkeypatch):
    """Depth, width, layout, window, mask ratio and data file, whichever way a recipe is applied."""
    base = CONFIGS / ('mamp_pku1.py' if recipe == 'detection' else 'mamp_ntu60.py')
    options = {key: value for key, value in OPTIONS.get(recipe, {}).items() if recipe == 'transfer'}
    if route == 'leaf':
        cfg = Config.fromfile(write_leaf(tmp_path, recipe, base, **options))
    else:
        if route == 'other folder':
            monkeypatch.chdir(tmp_path)
            base = shutil.copy(write_leaf(tmp_path, 'linear', base).with_name('mine.py'), tmp_path / 'copied.py')
        changes = () if route == 'other folder' else options_of(CHANGED)
        cfg = parse(base, recipe, list(changes), [f'{key}={value}' for key, value in options.items()])
    backbone, train = cfg.model.backbone, cfg.train_dataloader.dataset
    assert (backbone.embed_dims, backbone.depth, backbone.num_heads) == (64, 3, 4)
    if recipe == 'retrieval':
        assert cfg.model.masking.ratio == 0.7 and cfg.test_dataloader.dataset.gallery.ann_file == 'mine.pkl'
        tested = cfg.test_dataloader.dataset
    else:
        assert 'masking' not in cfg.model
        tested = cfg.val_dataloader.dataset
        train = train.dataset if recipe == 'semi' else train
        layout, ann_file = ('sbu', 'data/skeleton/sbu.pkl') if recipe == 'transfer' else ('kinect_v1', 'mine.pkl')
        assert backbone.layout == train.layout == tested.layout == layout
        ann_file = 'data/skeleton/pku1_untrimmed.pkl' if recipe == 'detection' else ann_file
        assert train.ann_file == tested.ann_file == ann_file
    window = dict(forecast=48).get(recipe, 80)
    assert backbone.num_frames == window
    crops = [step.window for step in tested.pipeline if step.type == 'CropResizeFrames']
    assert crops == ([] if recipe in ('forecast', 'detection') else [80])
    if recipe == 'detection':
        assert (train.window, train.stride) == (80, 40)
    if 'cls_head' in cfg.model:
        assert cfg.model.cls_head.in_channels == 64


def test_settings_of_the_recipe_can_be_overridden():
    cfg = parse(CONFIGS / 'pcm3_ntu60.py', 'linear', ['train_cfg.max_epochs=3', 'train_dataloader.batch_size=7'])
    assert cfg.train_cfg.max_epochs == 3 and cfg.train_dataloader.batch_size == 7
    assert cfg.val_dataloader.batch_size == 64
    cfg = parse(CONFIGS / 'mamp_ntu60.py', 'semi', ['model.cls_head.dropout=0.5'], ['fraction=0.01', 'seed=3'])
    assert cfg.model.cls_head.dropout == 0.5
    assert (cfg.train_dataloader.dataset.fraction, cfg.train_dataloader.dataset.seed) == (0.01, 3)


def test_work_dirs_of_recipes_are_those_of_their_leaves():
    leaf = parse(CONFIGS / 'downstream/linear/mamp_ntu60_linear.py')
    assert parse(CONFIGS / 'mamp_ntu60.py', 'linear').work_dir == leaf.work_dir
    assert parse(CONFIGS / 'mamp_ntu60.py').work_dir == 'work_dirs/mamp_ntu60'


def test_a_leaf_and_its_recipe_are_the_same_run():
    leaf, recipe = (
        parse(CONFIGS / 'downstream/finetune/pcm3_ntu120_finetune.py'),
        parse(CONFIGS / 'pcm3_ntu120.py', 'finetune'),
    )
    assert leaf.to_dict() == recipe.to_dict()


@pytest.mark.parametrize(
    ('config', 'recipe', 'options', 'message'),
    [
        ('downstream/linear/mamp_ntu60_linear', 'linear', [], 'is no pretraining config'),
        ('mamp_ntu60', 'linear', ['fraction=0.1'], "recipe linear: got an unexpected keyword argument 'fraction'"),
        ('mamp_ntu60', 'transfer', [], "recipe transfer: missing a required argument: 'to'"),
        ('mamp_ntu60', 'transfer', ['to=nowhere'], "data set config 'nowhere' does not exist; .*utd"),
        ('mamp_ntu60', 'detection', [], 'has no data_info.untrimmed'),
        ('pcm3_ntu60', 'finetune', ['layer_decay=0.5'], 'layer_decay=0.5 has no effect'),
    ],
)
def test_recipes_say_what_they_cannot_do(config, recipe, options, message):
    with pytest.raises(SystemExit, match=message):
        parse(CONFIGS / f'{config}.py', recipe, recipe_options=options)


def test_recipe_options_need_a_recipe():
    with pytest.raises(SystemExit, match='--recipe-options need --recipe'):
        parse(CONFIGS / 'mamp_ntu60.py', recipe_options=['fraction=0.1'])


@pytest.mark.parametrize('name', ['mamp_ntu60', 'pcm3_ntu60_bone', 'mamp_ntu60_mask_in_pipeline', 'pcm3_sbu'])
def test_evaluation_pipelines_draw_nothing_and_give_one_view(name, load):
    train, val = evaluation_datasets(load(name)._cfg_dict)
    assert train['pipeline'] == val['pipeline'] and train['test_mode'] and val['test_mode']
    assert train['split'].replace('train', 'val') == val['split']
    sample = SyntheticSkeletonDataset([], layout=train['layout'], num_subjects=1)[0]
    first, second = (Compose(val['pipeline'])(dict(sample))['inputs'] for _ in range(2))
    assert len(first) == 1 and torch.equal(first, second)


def test_own_pipelines_take_precedence(load):
    cfg = load('mamp_ntu60')
    cfg.test_pipeline = [dict(type='PackActionInputs')]
    apply_recipe(cfg, 'linear')
    assert cfg.val_dataloader.dataset.pipeline == [dict(type='PackActionInputs')]
    assert len(cfg.train_dataloader.dataset.pipeline) == 5


def test_readout_of_linear_evaluation(load):
    head = parse(CONFIGS / 'mamp_ntu60.py', 'linear', recipe_options=['readout=PartPool']).model.cls_head
    assert head.readout == dict(type='PartPool', layout='nturgb+d', joint_patch=1)
    assert MODELS.build(head).fc.in_features == 4 * 5 * 256
    cfg = load('mamp_ntu60')
    cfg.model.readout = dict(type='PartPool', segments=2)
    apply_recipe(cfg, 'linear')
    assert cfg.model.cls_head.readout == dict(type='PartPool', layout='nturgb+d', joint_patch=1, segments=2)
    assert 'readout' not in parse(CONFIGS / 'mamp_ntu60.py', 'linear').model.cls_head


def test_options_of_the_pretraining_config():
    """Published exceptions of a data set stand in its pretraining config."""
    assert parse(CONFIGS / 'mamp_pku2.py', 'linear').train_dataloader.batch_size == 16
    assert parse(CONFIGS / 'mamp_pku2.py', 'linear', recipe_options=['batch_size=8']).train_dataloader.batch_size == 8
    args = common_parser('').parse_args([str(CONFIGS / 'mamp_ntu60.py'), '--recipe', 'linear'])
    args.cfg_options = dict(recipe_options=dict(linear=dict(bach_size=3)))
    with pytest.raises(SystemExit, match='recipe_options.linear has unknown bach_size'):
        load_config(args)


def test_readout_and_whitening(load):
    cfg = load('mamp_ntu60')
    tested = RECIPES['retrieval'](cfg._cfg_dict, readout='PartPool', whiten=64)
    assert tested['model']['readout'] == dict(type='PartPool') and tested['test_evaluator']['whiten'] == 64
    head = RECIPES['linear'](cfg._cfg_dict, readout='PartPool', whiten=64)['model']['cls_head']
    assert head['readout']['type'] == 'PartPool' and head['whiten'] == 64
    assert MODELS.build(head).fc.in_features == 64


def test_options_of_a_method_join_those_of_the_data_set(load):
    """MAMP for small sets is fine-tuned in fewer epochs; its data set repeats a share of the labels."""
    cfg = load('mamp_utd')
    tuned = RECIPES['semi'](cfg._cfg_dict)
    assert tuned['train_cfg']['max_epochs'] == 20 and tuned['train_dataloader']['dataset']['times'] == 10
    assert tuned['optim_wrapper']['optimizer']['lr'] == 1e-3
    short = RECIPES['finetune'](cfg._cfg_dict, epochs=3)['train_cfg']
    assert (short['max_epochs'], short['val_interval']) == (3, 3)
