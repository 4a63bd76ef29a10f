"""tools/print_config.py prints what a run would take."""

import pytest
from mmengine.config import Config

CONFIG = 'configs/mamp_synthetic.py'


@pytest.fixture()
def printed(run_tool):
    return lambda *arguments: run_tool('print_config.py', CONFIG, *arguments)


def test_output_is_the_config(printed, tmp_path):
    (tmp_path / 'x.py').write_text(printed('--cfg-options', 'train_cfg.max_epochs=7'))
    expected = Config.fromfile(CONFIG)
    expected.train_cfg.max_epochs = 7
    assert Config.fromfile(tmp_path / 'x.py').to_dict() == expected.to_dict()


def test_a_part_after_a_recipe(printed):
    options = ('--recipe', 'semi', '--recipe-options', 'fraction=0.5')
    assert printed(*options, '--key', 'train_dataloader.dataset.dataset.fraction') == 'fraction = 0.5\n'
    assert printed('--key', 'custom_hooks.1.type') == "type = 'PretrainedEncoderHook'\n"
    _, said = printed('--key', 'custom_hooks.1.kind')
    assert said == "--key custom_hooks.1.kind: there is no 'kind'; known there: type"
    _, said = printed('--key', 'train_cfg.max_epochs.x')
    assert said.endswith("no 'x'; known there: none")


def test_differences_to_another_config(printed, tmp_path):
    assert printed('--diff', CONFIG) == ''
    lines = printed('--diff', 'configs/mamp_utd.py', '--cfg-options', '+new.key=1').splitlines()
    assert 'model.backbone.embed_dims: 96 -> 64' in lines and 'new.key: absent -> 1' in lines
    assert not any(line.startswith('model.backbone.num_heads') for line in lines)
    _, said = printed('--diff', tmp_path / 'none.py')
    assert said == f'config file {tmp_path}/none.py does not exist'
