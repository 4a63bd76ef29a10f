"""Scan of a checkpoint before PyTorch reads it.

``weights_only`` allows no functions, but trusts the sizes, shapes and keys in a file: a storage that claims more than
its bytes, a tensor beyond its storage, an array of NumPy with a wrong shape or a deeply nested key read foreign memory,
fill it or crash Python. The scan reads the pickle with stand-ins for everything that PyTorch makes.
"""

import io
import math
import os
from contextlib import suppress
from typing import IO, Any, Callable, Dict, NamedTuple, Union

import torch

from mamp_plugin.untrusted.archives import open_archive
from mamp_plugin.untrusted.plain_values import Refused, check_plain
from mamp_plugin.untrusted.unpickler import AnnotationUnpickler

#: Elements that a tensor may have whatever its storage holds: expanded tensors repeat values.
_EXPANDED = 2**20
#: Functions of PyTorch that checkpoints need; the first take a storage, its offset, a size and strides.
_REBUILD = tuple(f'torch._utils._rebuild_{name}' for name in ('tensor', 'tensor_v2', 'tensor_v3'))
_HARMLESS = (
    'torch._utils._rebuild_parameter',
    'torch._utils._rebuild_parameter_with_state',
    'torch.device',
    'torch.Size',
)
#: Beginnings of names whose other functions and classes reserve as much memory as their arguments say.
_RESERVING = ('torch.', 'numpy.ndarray', 'numpy.core.', 'numpy._core.', 'builtins.bytearray', '__builtin__.bytearray')
#: Pickles in a file of PyTorch before version 1.6: magic number, version, system, content, names of the storages.
_LEGACY_PICKLES = 5
#: Takes the key of a storage and the bytes that it claims; raises Refused if the file cannot hold it.
Claim = Callable[[str, int], None]


class _Function(NamedTuple):
    """Stand-in for a function or class."""

    name: str


class _Storage(NamedTuple):
    """Stand-in for a storage with that many elements."""

    numel: int


class _Tensor:
    """Stand-in for what the functions of PyTorch make."""


class _Object:
    """Stand-in for what other functions make, such as the log history of mmengine."""


class _Scanner(AnnotationUnpickler):
    """Unpickler of checkpoints that makes stand-ins for tensors and objects.

    Args:
        file (IO[bytes]): Pickle.
        size (int): Bytes in the checkpoint.
        claim (callable): Check of the storages.
    """

    dispatch = type(AnnotationUnpickler.dispatch)(AnnotationUnpickler.dispatch)

    def __init__(self, file: IO[bytes], size: int, claim: Claim) -> None:
        super().__init__(file, size)
        self.claim = claim

    def find_class(self, module: str, name: str) -> Any:
        return self._known.get((module, name)) or _Function(f'{module}.{name}')

    def persistent_load(self, pid: Any) -> _Storage:
        if type(pid) is not tuple or len(pid) < 5 or not isinstance(pid[1], _Function) or type(pid[2]) is not str:
            raise Refused('it refers to something other than a storage')
        kind, key, numel = pid[1].name.rpartition('.')[2], pid[2], pid[4]
        if type(numel) is not int or numel < 0:
            raise Refused('it holds a storage without a valid size')
        self.claim(key, numel * _itemsize(kind))
        return _Storage(numel)

    def _load_reduce(self) -> None:
        if not isinstance(self.stack[-2], _Function):
            super()._load_reduce()
            return
        arguments = self.stack.pop()
        self.stack[-1] = _made_by(self.stack[-1].name, arguments)

    def _load_newobj(self) -> None:
        arguments = self.stack.pop()
        self.stack[-1] = _made_by(self._top(_Function).name, arguments)

    def _load_build(self) -> None:
        if isinstance(self.stack[-2], (_Object, dict)):
            self.stack.pop()  # PyTorch sets attributes
        else:
            super()._load_build()

    dispatch.update(
        {
            ord('R'): _load_reduce,
            ord('b'): _load_build,
            0x81: _load_newobj,
            ord('Q'): AnnotationUnpickler.inherited('BINPERSID'),
            ord('U'): AnnotationUnpickler.inherited('SHORT_BINSTRING'),
        }
    )


def _made_by(name: str, arguments: Any) -> Union[_Tensor, _Object]:
    if name in _REBUILD:
        _check_tensor(*arguments[:4])
    elif name.startswith(_RESERVING) and name not in _HARMLESS:
        raise Refused(f'it calls {ascii(name[:80])}')
    return _Tensor() if name.startswith('torch.') else _Object()


def _itemsize(kind: str) -> int:
    try:
        return 1 if kind == 'UntypedStorage' else torch.serialization.StorageType(kind).dtype.itemsize
    except KeyError:
        raise Refused(f'it holds a storage of type {ascii(kind[:80])}') from None


def _check_tensor(storage: Any, offset: Any, size: Any, stride: Any) -> None:
    if not isinstance(storage, _Storage) or type(size) is not tuple or type(stride) is not tuple:
        raise Refused('it holds a tensor without storage or shape')
    if not all(type(number) is int and 0 <= number < 2**48 for number in (offset, *size, *stride)):
        raise Refused('it holds a tensor of impossible lengths')
    last = offset + sum((length - 1) * step for length, step in zip(size, stride))
    if len(size) != len(stride) or (0 not in size and last >= storage.numel):
        raise Refused(f'it holds a tensor of shape {str(size)[:80]} beyond its storage of {storage.numel} elements')
    if math.prod(size) > max(storage.numel, _EXPANDED):
        raise Refused(f'it expands {storage.numel} elements to a tensor of shape {str(size)[:80]}')


def check_content(file: Union[str, os.PathLike, IO[bytes]]) -> None:
    """Raise Refused if a checkpoint holds what would harm PyTorch or fill the memory.

    Args:
        file (str | IO[bytes]): Path, or open file, whose position stays.
    """
    if isinstance(file, (str, os.PathLike)):
        with open(file, 'rb') as stream:
            check_content(stream)
        return
    start = file.tell()
    is_zip = file.read(4) == b'PK\x03\x04'
    file.seek(start)
    (_check_zip if is_zip else _check_legacy)(file)
    file.seek(start)


def _check_zip(file: IO[bytes]) -> None:
    with open_archive(file) as archive:
        sizes: Dict[str, int] = {}
        for info in archive.infolist():
            folder, _, name = info.filename.lower().partition('/')  # PyTorch ignores the case
            if sizes.setdefault(name, info.file_size) != info.file_size or not folder:
                raise Refused(f'it holds {ascii(name[:80])} twice')

    def claim(key: str, size: int) -> None:
        if size > sizes.get(f'data/{key}'.lower(), 0):
            raise Refused(f'a storage claims {size:,} bytes, but has {sizes.get(f"data/{key}".lower(), 0):,}')

    file.seek(0)
    content = torch._C.PyTorchFileReader(file).get_record('data.pkl')  # of two files, the one that PyTorch reads
    _scan(io.BytesIO(content), len(content), claim)


def _check_legacy(file: IO[bytes]) -> None:
    start = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(start)
    claimed: Dict[str, int] = {}

    def claim(key: str, length: int) -> None:
        claimed[key] = max(length, claimed.get(key, 0))
        if sum(claimed.values()) > size:
            raise Refused(f'its storages claim {sum(claimed.values()):,} bytes, but the file has {size:,}')

    with suppress(EOFError):  # PyTorch reads no further either
        for _ in range(_LEGACY_PICKLES):
            _scan(file, size, claim)


def _scan(file: IO[bytes], size: int, claim: Claim) -> None:
    check_plain(_Scanner(file, size, claim).load(), size, _Function, _Storage, _Tensor, _Object)
