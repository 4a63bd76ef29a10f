"""The part of the pickle language that annotation files need, and nothing that could do harm.

Forbidding imports is not enough. The unpickler written in C overflows the stack on a deeply nested key, and NumPy's
``__setstate__`` takes the shape, type and memory of an array on trust. So this builds on the unpickler written in
Python, knows only the opcodes it needs, and makes arrays and types with the methods below, which check first. The bulk
of a file, the bytes of the arrays, still comes in one piece for each array.
"""

import math
import pickle
import pickletools
import sys
from collections import OrderedDict
from importlib import import_module
from importlib.util import find_spec
from types import MethodType
from typing import Any, BinaryIO, Callable, Dict, Iterable, Tuple

import numpy as np

_numeric = import_module('numpy._core.numeric' if find_spec('numpy._core') else 'numpy.core.numeric')
#: Stands for the class of arrays; nothing can be done with it but to hand it to ``_reconstruct``.
_NDARRAY = object()
#: NumPy before version 2 takes no more dimensions.
_MAX_DIMS = 32
#: What can be a key, besides NumPy's numbers and strings. A tuple can be nested so that its hash never ends.
KEYS = frozenset((str, bytes, int, float, bool, type(None)))

_CODES = {opcode.name: ord(opcode.code) for opcode in pickletools.opcodes}
_NAMES = {code: name for name, code in _CODES.items()}
# fmt: off
#: Opcodes that make numbers, strings, tuples and empty containers, or move them about.
_HARMLESS = (
    'PROTO', 'FRAME', 'STOP', 'MARK', 'POP', 'POP_MARK', 'DUP', 'MEMOIZE', 'PUT', 'BINPUT', 'LONG_BINPUT', 'GET',
    'BINGET', 'LONG_BINGET', 'NONE', 'NEWTRUE', 'NEWFALSE', 'INT', 'BININT', 'BININT1', 'BININT2', 'LONG', 'LONG1',
    'LONG4', 'FLOAT', 'BINFLOAT', 'NEXT_BUFFER', 'UNICODE', 'BINUNICODE', 'SHORT_BINUNICODE', 'BINUNICODE8',
    'BINBYTES', 'SHORT_BINBYTES', 'BINBYTES8', 'EMPTY_TUPLE', 'TUPLE', 'TUPLE1', 'TUPLE2', 'TUPLE3', 'EMPTY_LIST',
    'LIST', 'EMPTY_DICT', 'EMPTY_SET', 'GLOBAL', 'STACK_GLOBAL',
)
# fmt: on


class Refused(pickle.UnpicklingError):
    """The file holds something that annotations do not need; the message says what, as half a sentence."""


class _Handlers(Dict[int, Callable]):
    """Handlers by opcode; any other opcode is refused by its name."""

    def __missing__(self, code: int) -> Callable:
        raise Refused(f'it holds the opcode {_NAMES.get(code, hex(code))}')


class AnnotationUnpickler(pickle._Unpickler):
    """Unpickles arrays and plain containers.

    Args:
        file (BinaryIO): The open file.
        size (int): How many bytes there are to read, in the file and in ``buffers``.
        buffers (Iterable): Buffers that protocol 5 left out of the file.
    """

    dispatch = _Handlers({_CODES[name]: pickle._Unpickler.dispatch[_CODES[name]] for name in _HARMLESS})

    def __init__(self, file: BinaryIO, size: int, buffers: Iterable = ()) -> None:
        super().__init__(file, buffers=map(memoryview, buffers))
        # Every byte of an array is there once and is counted at most twice: when it is read and when it is used.
        self._budget = 2 * size
        self._blank_arrays: Dict[int, np.ndarray] = {}
        self._blank_dtypes: Dict[int, np.dtype] = {}
        self._known: Dict[Tuple[str, str], Any] = {
            ('numpy', 'ndarray'): _NDARRAY,
            ('numpy', 'dtype'): self._dtype,
            ('collections', 'OrderedDict'): self._ordered_dict,
            ('_codecs', 'encode'): self._encode,
        }
        for builtins in ('builtins', '__builtin__'):
            self._known[builtins, 'set'] = self._set
            self._known[builtins, 'bytes'] = self._empty_bytes
        for core in ('numpy.core', 'numpy._core'):
            self._known[f'{core}.multiarray', '_reconstruct'] = self._reconstruct
            self._known[f'{core}.multiarray', 'scalar'] = self._scalar
            self._known[f'{core}.numeric', '_frombuffer'] = self._frombuffer

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise Refused(f'it asks for {_shown(module)}.{_shown(name)}')
        return self._known[module, name]

    # What is called in place of the functions that a file asks for.

    def _reconstruct(self, kind: Any, shape: tuple, code: bytes) -> np.ndarray:
        if kind is not _NDARRAY or shape != (0,) or code != b'b':
            raise Refused('it makes an array in a way in which NumPy does not')
        array = np.empty(0, np.int8)
        self._blank_arrays[id(array)] = array
        return array

    def _frombuffer(self, buffer: Any, dtype: np.dtype, shape: tuple, *order: Any) -> np.ndarray:
        if type(buffer) not in (bytes, memoryview):
            raise Refused(f'it makes an array from a {type(buffer).__name__}')
        self._check_array(memoryview(buffer).nbytes, dtype, shape)
        return _numeric._frombuffer(buffer, dtype, shape, *order)

    def _scalar(self, dtype: np.dtype, raw: bytes = b'') -> np.generic:
        self._check_array(len(raw), dtype, ())
        return np.frombuffer(raw, dtype)[0] if raw else dtype.type()

    def _dtype(self, code: str, *_: Any) -> np.dtype:
        if type(code) is not str or code[:1] not in tuple('biufcSUO') or not code[1:].isdecimal():
            raise Refused(f'it holds an array of type {_shown(code)}')
        dtype = np.dtype(code, False, True)
        self._blank_dtypes[id(dtype)] = dtype
        return dtype

    def _encode(self, text: str, encoding: str) -> bytes:
        """How protocols 0 to 2 spell bytes."""
        if type(text) is not str or encoding != 'latin1':
            raise Refused(f'it encodes a {type(text).__name__} as {_shown(encoding)}')
        self._spend(len(text))
        return text.encode('latin1')

    def _set(self, items: list) -> set:
        self._spend(len(items))
        _check_keys(items)
        return set(items)

    def _empty_bytes(self) -> bytes:
        return b''

    def _ordered_dict(self) -> OrderedDict:
        return OrderedDict()

    # Checks.

    def _spend(self, size: int) -> None:
        self._budget -= size
        if self._budget < 0:
            raise Refused('what it makes is far larger than the file')

    def _check_array(self, size: int, dtype: np.dtype, shape: tuple) -> None:
        if not isinstance(dtype, np.dtype) or dtype.kind == 'O':
            raise Refused('it holds an array of Python objects')
        if type(shape) is not tuple or len(shape) > _MAX_DIMS:
            raise Refused('it holds an array without a proper shape')
        if not all(type(length) is int and 0 <= length < 2**48 for length in shape):
            raise Refused('it holds an array of impossible lengths')
        if math.prod(shape) * dtype.itemsize != size or math.prod(length or 1 for length in shape) > sys.maxsize >> 16:
            raise Refused(f'it holds {size} bytes for an array of shape {shape} and type {dtype}')
        self._spend(size)

    def _top(self, *kinds: type) -> Any:
        top = self.stack[-1]
        if type(top) not in kinds:
            raise Refused(f'it uses a {type(top).__name__} as if it were a {kinds[0].__name__}')
        return top

    # Opcodes that call or change something.

    def _load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self._top(MethodType)
        self.stack[-1] = function(*arguments)

    def _load_build(self) -> None:
        state = self.stack.pop()
        blank = id(self.stack[-1])
        if blank in self._blank_arrays:
            self._build_array(self._blank_arrays.pop(blank), *state)
        elif blank in self._blank_dtypes:
            self._build_dtype(self._blank_dtypes.pop(blank), *state)
        else:
            raise Refused(f'it sets the state of a {type(self.stack[-1]).__name__}')

    def _build_array(self, array: np.ndarray, version: int, shape: tuple, dtype: np.dtype, fortran: bool, raw: bytes):
        self._check_array(len(raw), dtype, shape)
        if version != 1 or type(fortran) not in (bool, int) or type(raw) is not bytes:
            raise Refused('it holds an array that NumPy did not write')
        array.__setstate__((1, shape, dtype, fortran, raw))

    def _build_dtype(self, dtype: np.dtype, version: int, byteorder: str, *state: Any) -> None:
        """Only the byte order may differ from the state that NumPy gives to this type."""
        usual = dtype.__reduce__()[2]
        if byteorder not in ('<', '>', '=', '|') or state[:6] != usual[2:8]:
            raise Refused(f'it holds another {dtype} than the usual one')
        dtype.__setstate__((usual[0], byteorder, *usual[2:]))

    def _load_append(self) -> None:
        value = self.stack.pop()
        self._top(list).append(value)

    def _load_appends(self) -> None:
        values = self.pop_mark()
        self._top(list).extend(values)

    def _load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._top(dict, OrderedDict).update(_pairs((key, value)))

    def _load_setitems(self) -> None:
        items = self.pop_mark()
        self._top(dict, OrderedDict).update(_pairs(items))

    def _load_dict(self) -> None:
        items = self.pop_mark()
        self.append(dict(_pairs(items)))

    def _load_additems(self) -> None:
        items = self.pop_mark()
        _check_keys(items)
        self._top(set).update(items)

    def _load_bytearray8(self) -> None:
        # Only arrays are spelt so; room that is not filled with zeros first does for them.
        size = int.from_bytes(self.read(8), 'little')
        self._spend(size)
        buffer = memoryview(np.empty(size, np.uint8))
        if self.readinto(buffer) != size:
            raise EOFError('the file ends within an array')
        self.append(buffer)

    def _load_readonly_buffer(self) -> None:
        self.stack[-1] = self._top(memoryview).toreadonly()

    def _load_inst(self) -> None:
        self.find_class(*(self.readline()[:-1].decode('ascii') for _ in range(2)))
        raise Refused('it holds the opcode INST')

    dispatch.update(
        {
            _CODES['REDUCE']: _load_reduce,
            _CODES['BUILD']: _load_build,
            _CODES['APPEND']: _load_append,
            _CODES['APPENDS']: _load_appends,
            _CODES['SETITEM']: _load_setitem,
            _CODES['SETITEMS']: _load_setitems,
            _CODES['DICT']: _load_dict,
            _CODES['ADDITEMS']: _load_additems,
            _CODES['BYTEARRAY8']: _load_bytearray8,
            _CODES['READONLY_BUFFER']: _load_readonly_buffer,
            _CODES['INST']: _load_inst,
        }
    )


def _shown(text: Any) -> str:
    """A name from the file, cut short and without control characters."""
    return ascii(text[:80])[1:-1] if type(text) is str else f'a {type(text).__name__}'


def _check_keys(keys: Iterable) -> None:
    for kind in set(map(type, keys)) - KEYS:
        if not issubclass(kind, np.generic):
            raise Refused(f'it uses a {kind.__name__} as a key, which only strings and numbers can be')


def _pairs(items: Any) -> Iterable[Tuple]:
    _check_keys(items[::2])
    return zip(items[::2], items[1::2])
