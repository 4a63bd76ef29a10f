"""Guarded loading of local checkpoints, and the weights in them."""

import argparse
import pickle
import zipfile

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint
from torch import nn

from mamp_plugin.engine.checkpoints import loading
from mamp_plugin.engine.checkpoints.loading import load_weights, weights_in

CRAFTED = {
    'os.system': b'cos\nsystem\nX%s\x85R.',
    'posix.system': b'cposix\nsystem\nX%s\x85R.',
    'eval': b'c__builtin__\neval\nX%s\x85R.',
    'getattr of os': b'c__builtin__\ngetattr\ncos\nsystem\nX%s\x86R.',
    'getattr chain': b'c__builtin__\ngetattr\ncmmengine.logging.history_buffer\nHistoryBuffer\n'
    b'X\x08\x00\x00\x00__init__\x86Rc__builtin__\ngetattr\n0X%s\x85R.',
}


@pytest.fixture(autouse=True)
def _installed():
    loading.install()


@pytest.fixture()
def checkpoint(tmp_path):
    path = tmp_path / 'epoch_3.pth'
    torch.save(dict(state_dict=dict(weight=torch.ones(2)), epoch=3), path)
    return path


def test_install_replaces_mmengines_loader(checkpoint):
    assert CheckpointLoader._get_checkpoint_loader(str(checkpoint)) is loading.load_from_local
    assert CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')['epoch'] == 3


@pytest.mark.parametrize('kind', CRAFTED)
def test_crafted_checkpoint_is_refused_and_not_executed(kind, checkpoint, tmp_path):
    witness, path = tmp_path / 'executed', tmp_path / 'crafted.pth'
    command = f'touch {witness}'.encode()
    with zipfile.ZipFile(checkpoint) as source, zipfile.ZipFile(path, 'w') as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename.endswith('data.pkl'):
                content = b'\x80\x02' + CRAFTED[kind] % (len(command).to_bytes(4, 'little') + command)
            target.writestr(item.filename, content)
    with pytest.raises(pickle.UnpicklingError, match='checkpoint .*crafted.pth is refused') as refusal:
        CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
    assert 'weights_only' not in str(refusal.value) and 'add_safe_globals' not in str(refusal.value)
    assert not witness.exists()


def test_missing_and_truncated_files(checkpoint):
    with pytest.raises(FileNotFoundError, match='nowhere.pth does not exist'):
        CheckpointLoader.load_checkpoint('nowhere.pth')
    checkpoint.write_bytes(checkpoint.read_bytes()[:-300])
    with pytest.raises(RuntimeError, match='epoch_3.pth cannot be read and may be truncated'):
        CheckpointLoader.load_checkpoint(str(checkpoint))


@pytest.mark.parametrize('wrap', [lambda w: dict(state_dict=w, epoch=3), lambda w: dict(model=w), lambda w: w])
def test_weights_are_found_under_any_key(wrap):
    weights = {'module.norm.weight': torch.ones(1), 'module.module_list.bias': torch.zeros(1)}
    assert sorted(weights_in(wrap(weights))) == ['module_list.bias', 'norm.weight']


def test_weights_of_official_checkpoints_with_arguments(tmp_path):
    content = dict(model={'norm.bias': torch.ones(1)}, args=argparse.Namespace(lr=1e-3), optimizer=dict(state={}))
    torch.save(content, tmp_path / 'official.pth')
    assert list(load_weights(str(tmp_path / 'official.pth'))) == ['norm.bias']


@pytest.mark.parametrize(
    ('content', 'found'),
    [
        (dict(epoch=3, iter=4), 'dict with the keys epoch, iter'),
        (dict(state_dict={}), 'dict with the keys state_dict'),
        ({}, 'dict that is empty'),
        ([torch.ones(1)], 'list'),
        (torch.ones(1), 'Tensor'),
    ],
)
def test_checkpoints_without_weights(content, found, tmp_path):
    message = (
        f'a.pth holds no weights, neither under state_dict or model nor directly: it is a {found}; '
        'give a file with a dict of tensors by parameter name'
    )
    with pytest.raises(ValueError, match=message):
        weights_in(content, 'a.pth')
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=message):
        load_weights(str(tmp_path / 'a.pth'))


@pytest.mark.parametrize('content', [[torch.ones(1)], torch.ones(1)])
def test_mmengine_refuses_files_without_dict(content, tmp_path):
    torch.save(content, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match='checkpoint .*a.pth holds no weights, .* it is a'):
        load_checkpoint(nn.Linear(1, 1), str(tmp_path / 'a.pth'))
