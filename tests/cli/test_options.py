"""Settings of the command line that would have no effect are refused."""

from pathlib import Path

import pytest

from mamp_plugin.cli.launch import common_parser, load_config

CONFIGS = Path(__file__).parents[2] / 'configs'


def read(*options, config='mamp_ntu60.py', recipe=()):
    return load_config(common_parser('').parse_args([str(CONFIGS / config), *recipe, '--cfg-options', *options]))


@pytest.mark.parametrize(
    ('option', 'message'),
    [
        ('load_form=x.pth', r'has no key load_form; did you mean load_from\?; to add a new key write \+load_form='),
        ('modle.masking.ratio=0.5', r'has no key modle.masking.ratio; did you mean model.masking.ratio\?'),
        ('train_cfgs.max_epochs=3', r'has no key train_cfgs.max_epochs; did you mean train_cfg.max_epochs\?'),
        ('encoder.depth=3', r'has no key encoder.depth; did you mean model.(backbone|neck).depth\?'),
        ('train_dataloader.dataset.pipeline.9.window=3', r'has no key train_dataloader.dataset.pipeline.9.window'),
        (
            'vis_backends.0.type=x',
            r'vis_backends is a helper variable .* did you mean visualizer.vis_backends.0.type\?',
        ),
        ('train_data.ann_file=x', r'train_data is a helper .* did you mean train_dataloader.dataset.ann_file\?'),
    ],
)
def test_mistyped_settings(option, message):
    with pytest.raises(SystemExit, match=message):
        read(option)


def test_new_keys_are_marked():
    cfg = read('+model.backbone.drop_path_rate=0.1', 'load_from=x.pth', 'train_dataloader.dataset.pipeline.1.window=60')
    assert cfg.model.backbone.drop_path_rate == 0.1 and cfg.load_from == 'x.pth'
    assert cfg.train_dataloader.dataset.pipeline[1].window == 60


def test_settings_of_a_runner_that_a_config_leaves_out_are_known(tmp_path):
    (tmp_path / 'plain.py').write_text('model = dict(type="X")')
    assert read('randomness.seed=3', 'load_from=x', config=tmp_path / 'plain.py').randomness == dict(seed=3)


def test_with_a_recipe_keys_of_either_config_are_known():
    cfg = read('model.neck.depth=1', 'model.cls_head.dropout=0.5', recipe=('--recipe', 'finetune'))
    assert cfg.model.cls_head.dropout == 0.5
    cfg = read('+train_dataloader.dataset.layout=sbu', config='mamp_synthetic.py', recipe=('--recipe', 'linear'))
    assert cfg.train_dataloader.dataset.layout == cfg.val_dataloader.dataset.layout == 'sbu'
    with pytest.raises(SystemExit, match='has no key model.cls_head.drop'):
        read('model.cls_head.drop=0.5', recipe=('--recipe', 'finetune'))
