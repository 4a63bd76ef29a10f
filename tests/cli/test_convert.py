"""The converter command: errors of both directions."""

import sys

import pytest
import torch

from mamp_plugin.cli.convert import convert_command
from mamp_plugin.engine.checkpoints.name_table import NameTable

TABLE = NameTable('the release', 'our model', [('encoder.{rest}', 'backbone.{rest}')])


@pytest.fixture()
def convert(monkeypatch, tmp_path):
    def call(content, *options):
        torch.save(content, tmp_path / 'src.pth')
        monkeypatch.setattr(sys, 'argv', ['convert', str(tmp_path / 'src.pth'), str(tmp_path / 'dst.pth'), *options])
        convert_command('', TABLE, official_key='model')
        return torch.load(tmp_path / 'dst.pth')

    yield call
    assert not list(tmp_path.glob('*.partial'))


def test_both_directions(convert, capsys):
    ours = convert(dict(model={'encoder.a.weight': torch.ones(3), 'module.encoder.b': torch.zeros(1)}))
    assert list(ours['state_dict']) == ['backbone.a.weight', 'backbone.b']
    assert ours['meta'] == dict(converted_from='src.pth')
    assert 'backbone: 2 tensors\n2 tensors with 4 values written to ' in capsys.readouterr().out
    back = convert(ours, '--reverse')
    assert list(back['model']) == ['encoder.a.weight', 'encoder.b'] and torch.equal(
        back['model']['encoder.a.weight'], torch.ones(3)
    )


@pytest.mark.parametrize(
    ('content', 'options', 'message'),
    [
        (dict(model={'encoder.a': torch.ones(1), 'cls': torch.ones(1)}), [], 'has 1 unknown parameters: cls; nothing'),
        (
            dict(model={'encoder.a': torch.ones(1)}),
            ['--reverse'],
            r'encoder.a; .* direction \(--reverse\) is right',
        ),
        (dict(model={f'x.{i}': torch.ones(1) for i in range(10)}), [], 'has 10 .*, x.7 and 2 more;'),
        (dict(epoch=3), [], 'src.pth holds no weights'),
        (dict(model={'encoder.a': torch.ones(1)}, args=pytest.raises), [], 'src.pth is refused: .*pytest'),
    ],
)
def test_errors(convert, tmp_path, content, options, message):
    with pytest.raises(SystemExit, match=message):
        convert(content, *options)
    assert not (tmp_path / 'dst.pth').exists()
