"""Checkpoints that would harm PyTorch are refused before it reads them."""

import io
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from torch import nn

from mamp_plugin.engine.checkpoints.loading import load

COLLIDING = [index * (2**61 - 1) for index in range(1, 30)]
STORAGE = b'(X\x07\0\0\0storagectorch\n%s\nX\x01\0\0\x000X\x03\0\0\0cpuJ%stQ'
REBUILD = b'ctorch._utils\n_rebuild_tensor_v2\n(%s%s\x89ccollections\nOrderedDict\n)RtR'


def number(value):
    return value.to_bytes(4, 'little', signed=True)


def storage(numel=2, kind=b'FloatStorage'):
    return STORAGE % (kind, number(numel))


def ints(*values):
    return b'(' + b''.join(b'J' + number(value) for value in values) + b't'


def tensor(offset, size, stride, source=None):
    return REBUILD % (source or storage(), b'J' + number(offset) + ints(*size) + ints(*stride))


def array(shape, code=b'f4'):
    kind = b'cnumpy\ndtype\n(X\x02\0\0\0' + code + b'\x89\x88tR'
    blank = b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n' + ints(0) + b'c_codecs\nencode\n(X\x01\0\0\0b'
    latin = b'X\x06\0\0\0latin1tR'
    return blank + latin + b'tR(K\x01' + ints(*shape) + kind + b'\x89c_codecs\nencode\n(X\x04\0\0\0abcd' + latin + b'tb'


HOSTILE = {
    'it uses a tuple as a key': b'})' + b'\x85' * 100_000 + b'Ns',
    'it is nested more than 32 deep': b')' + b'\x85' * 100_000,
    'it uses an integer of more than 64 bits': b'}('
    + b''.join(pickle.dumps(key, 2)[2:-1] + b'N' for key in COLLIDING)
    + b'u',
    'its containers expand to far more values': b')' + b'2\x86' * 30,
    'it holds 4 bytes for an array of shape': array((10**9,)),
    'it holds an array of Python objects': array((1,), b'O8'),
    'a storage claims 4,000,000,000 bytes, but has 8': storage(10**9),
    'it holds a storage without a valid size': storage(-1),
    'it holds a storage of type': storage(kind=b'MadeUpStorage'),
    'a tensor of shape (100, 100) beyond its storage of 2 elements': tensor(0, (100, 100), (100, 1)),
    'a tensor of shape (1,) beyond its storage of 2 elements': tensor(2, (1,), (1,)),
    'a tensor of impossible lengths': tensor(0, (-1,), (1,)),
    'it expands 2 elements to a tensor': tensor(0, (2**30,), (0,)),
    'a tensor without storage or shape': REBUILD % (b'N', b'K\x00' + ints(1) + ints(1)),
    "it calls 'builtins.bytearray'": b'cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR',
    "it calls 'torch.FloatStorage'": b'ctorch\nFloatStorage\n(J\xff\xff\xff\x7ftR',
    "it calls 'torch.Tensor'": b'ctorch\nTensor\n(J\xff\xff\xff\x7ftR',
    "it calls 'torch._utils._rebuild_sparse_tensor'": b'ctorch._utils\n_rebuild_sparse_tensor\n)R',
    'it uses a object as if it were a _Function': b'cnumpy\nndarray\n' + ints(2**30) + b'\x81',
    'it refers to something other than a storage': b'K\x01Q',
}


def checkpoint(value):
    """Return a checkpoint with a pickled value, and a storage of two numbers."""
    file, changed = io.BytesIO(), io.BytesIO()
    torch.save(dict(weight=torch.ones(2)), file)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, 'w') as target:
        for info in source.infolist():
            content = b'\x80\x02](' + value + b'e.' if info.filename.endswith('data.pkl') else source.read(info)
            target.writestr(info.filename, content)
    return changed.getvalue()


@pytest.mark.parametrize('reason', HOSTILE)
def test_hostile_checkpoints_are_refused(reason, tmp_path):
    path = tmp_path / 'x.pth'
    path.write_bytes(checkpoint(HOSTILE[reason]))
    with pytest.raises((pickle.UnpicklingError, RuntimeError)) as error:
        load(str(path))
    assert reason in str(error.value) and str(path) in str(error.value) and '\n' not in str(error.value)


def test_sound_pieces_are_read(tmp_path):
    path = tmp_path / 'x.pth'
    path.write_bytes(checkpoint(tensor(1, (1,), (1,)) + array((1,))))
    with pytest.raises(ValueError, match='it is a list'):  # PyTorch has read it
        load(str(path))


@pytest.mark.parametrize('new', [True, False])
def test_what_training_saves_is_read(new, tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    shared = torch.arange(12.0).reshape(3, 4)
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    content = dict(
        state_dict=OrderedDict(model.state_dict(), bf16=torch.ones(2, dtype=torch.bfloat16), empty=torch.ones(0, 3)),
        optimizer=optimizer.state_dict(),
        views=[shared, shared.T, shared[1:, ::2], torch.ones(1).expand(5), torch.tensor(3), torch.tensor([1j])],
        parameter=nn.Parameter(torch.ones(2)),
        message_hub=dict(log_scalars={'train/loss': history}, resumed_keys={'train/loss': True}),
        plain=[torch.float16, torch.Size([1, 2]), torch.device('cpu'), (1, None), {'a'}, 1 << 70],
        numbers=[np.arange(3), np.float64(2)],
    )
    torch.save(content, tmp_path / 'x.pth', _use_new_zipfile_serialization=new)
    found = load(str(tmp_path / 'x.pth'))
    for key, value in content['state_dict'].items():
        assert torch.equal(found['state_dict'][key], value)
    assert all(map(torch.equal, found['views'], content['views'])) and found['plain'] == content['plain']
    assert found['message_hub']['log_scalars']['train/loss'].mean() == history.mean()
    assert isinstance(found['parameter'], nn.Parameter)
    optimizer.load_state_dict(found['optimizer'])


def test_two_files_of_one_name(tmp_path):
    file = io.BytesIO(checkpoint(b''))
    with zipfile.ZipFile(file, 'a') as archive:
        archive.writestr(archive.namelist()[0].upper().replace('DATA.PKL', 'Data.PKL'), b'other')
    (tmp_path / 'x.pth').write_bytes(file.getvalue())
    with pytest.raises(pickle.UnpicklingError, match='x.pth is refused: it holds .* twice'):
        load(str(tmp_path / 'x.pth'))


def test_storages_of_the_old_format(tmp_path):
    torch.save(dict(a=torch.ones(50)), tmp_path / 'x.pth', _use_new_zipfile_serialization=False)
    content = (tmp_path / 'x.pth').read_bytes()
    assert content.count(b'K2Ntq') == 1
    (tmp_path / 'x.pth').write_bytes(content.replace(b'K2Ntq', b'J\0\0\0\x40Ntq'))
    with pytest.raises(pickle.UnpicklingError, match='x.pth is refused: its storages claim 4,294,967,296 bytes'):
        load(str(tmp_path / 'x.pth'))


@pytest.mark.parametrize('opcode', [b'X', b'B'])
def test_lengths_in_the_old_format(opcode, tmp_path):
    torch.save(dict(a=torch.ones(5)), tmp_path / 'x.pth', _use_new_zipfile_serialization=False)
    content = (tmp_path / 'x.pth').read_bytes()
    (tmp_path / 'x.pth').write_bytes(content[: content.index(b'.') + 1] + b'\x80\x02' + opcode + b'\xff' * 4 + b'x.')
    with pytest.raises(RuntimeError, match='x.pth cannot be read .* it ends within a value of 4,294,967,295 bytes'):
        load(str(tmp_path / 'x.pth'))
