"""Guarded loading of local checkpoints, and the weights in them."""

import argparse
import os
import pickle
import zipfile
from argparse import Namespace

import pytest
import torch
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader, load_checkpoint
from torch import nn

from mamp_plugin.engine.checkpoints import loading
from mamp_plugin.engine.checkpoints.checksum import sha256_of, write_checksum
from mamp_plugin.engine.checkpoints.loading import load, load_weights, weights_in

CRAFTED = {
    'os.system': b'cos\nsystem\nX%s\x85R.',
    'posix.system': b'cposix\nsystem\nX%s\x85R.',
    'eval': b'c__builtin__\neval\nX%s\x85R.',
    'getattr of os': b'c__builtin__\ngetattr\ncos\nsystem\nX%s\x86R.',
    'getattr chain': b'c__builtin__\ngetattr\ncmmengine.logging.history_buffer\nHistoryBuffer\n'
    b'X\x08\x00\x00\x00__init__\x86Rc__builtin__\ngetattr\n0X%s\x85R.',
}


class Touch:
    """Object whose unpickling makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mknod, (self.path,)


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


@pytest.mark.parametrize(
    'address',
    ['http://somewhere.org/crafted.pth', 'https://somewhere.org/crafted.pth', 'open-mmlab://made_up', 's3://a.pth'],
)
def test_nothing_from_other_schemes_is_executed(address, tmp_path, monkeypatch):
    """Files that mmengine's own loaders fetch."""
    witness, path = tmp_path / 'executed', tmp_path / 'crafted.pth'
    path.write_bytes(pickle.dumps(Touch(str(witness))))

    def fetch(*_, **__):
        return torch.load(path, weights_only=False)

    monkeypatch.setattr(mmengine_checkpoint, 'load_url', fetch)
    monkeypatch.setattr(mmengine_checkpoint, 'get_external_models', lambda: dict(made_up='https://somewhere.org/x.pth'))
    monkeypatch.setattr(mmengine_checkpoint, 'get_deprecated_model_names', dict)
    backend = Namespace(get=lambda _: path.read_bytes())
    monkeypatch.setattr(mmengine_checkpoint, 'get_file_backend', lambda *_, **__: backend)
    with pytest.raises(pickle.UnpicklingError, match=f'checkpoint {address} is refused'):
        CheckpointLoader.load_checkpoint(address, map_location='cpu')
    assert not witness.exists()


def test_a_config_to_execute_is_left_out(checkpoint):
    torch.save(dict(state_dict=dict(weight=torch.ones(2)), meta=dict(config='import os', epoch=1)), checkpoint)
    assert load(str(checkpoint))['meta'] == dict(epoch=1)


def test_weights_that_are_not_finite(checkpoint):
    torch.save(dict(state_dict=dict(a=torch.ones(2), b=torch.tensor([0.0, float('nan')]))), checkpoint)
    with pytest.raises(ValueError, match='epoch_3.pth has NaN or infinite values in b: the run .* had diverged'):
        load_weights(str(checkpoint))


def test_changed_content(checkpoint):
    write_checksum(sha256_of(str(checkpoint)), str(checkpoint))
    assert load(str(checkpoint))['epoch'] == 3
    content = bytearray(checkpoint.read_bytes())
    content[content.index(b'\x00\x00\x80?')] ^= 1  # in the weights
    checkpoint.write_bytes(content)
    with pytest.raises(
        RuntimeError, match='epoch_3.pth is damaged: its content has changed since .*sha256 was written'
    ):
        load(str(checkpoint))


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
