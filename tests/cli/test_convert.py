"""The converter command: errors of both directions."""

import errno
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
    assert {path.name for path in tmp_path.iterdir()} <= {'src.pth', 'dst.pth'}


def test_both_directions(convert, capsys):
    ours = convert(dict(model={'encoder.a.weight': torch.ones(3), 'module.encoder.b': torch.zeros(1)}))
    assert list(ours['state_dict']) == ['backbone.a.weight', 'backbone.b']
    assert ours['meta'] == dict(converted_from='src.pth')
    assert 'backbone: 2 tensors\n2 tensors with 4 values written to ' in capsys.readouterr().out
    back = convert(ours, '--reverse')
    assert list(back['model']) == ['encoder.a.weight', 'encoder.b'] and torch.equal(
        back['model']['encoder.a.weight'], torch.ones(3)
    )


def test_targets_that_cannot_be_written(convert, tmp_path, monkeypatch):
    content = dict(model={'encoder.a': torch.ones(1)})
    (tmp_path / 'dst.pth').mkdir()
    with pytest.raises(SystemExit, match=r"^\[Errno 21\] Is a directory: '.*/dst.pth'$"):
        convert(content)
    (tmp_path / 'dst.pth').rmdir()
    save = torch.save

    def disk_full(content, file):
        if content.get('meta') is None:
            return save(content, file)
        file.write(b'half')
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(torch, 'save', disk_full)
    with pytest.raises(SystemExit, match=r"No space left on device: '.*/dst.pth'$"):
        convert(content)


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
