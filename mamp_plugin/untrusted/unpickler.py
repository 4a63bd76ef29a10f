"""Unpickler for annotation files: only harmless opcodes, every array checked before it is made.

Forbidding imports is not enough. The C unpickler overflows the stack on a deeply nested key, and NumPy's
``__setstate__`` trusts the shape, type and memory given for an array. This subclass of the pure-Python unpickler knows
only the opcodes that annotations need and makes arrays and dtypes with its own checked methods. It stays fast, as the
bytes of each array are still read at once.
"""

import math
import pickle
import pickletools
import sys
from collections import OrderedDict
from importlib import import_module
from types import MethodType
from typing import IO, Any, Callable, Dict, Iterable, Tuple

import numpy as np

from .plain_values import Refused, check_keys

#: Pure-Python unpickler, whose attributes have no type stubs.
_Unpickler: Any = pickle._Unpickler
# NumPy 1.26 has a numpy._core too, but an empty one
_numeric = import_module('numpy.core.numeric' if np.__version__.startswith('1.') else 'numpy._core.numeric')
#: Placeholder for ``numpy.ndarray``, of use only as an argument of ``_reconstruct``.
_NDARRAY = object()
#: Limit of NumPy 1.
_MAX_DIMS = 32
_CODES = {opcode.name: ord(opcode.code) for opcode in pickletools.opcodes}
_NAMES = {code: name for name, code in _CODES.items()}
# fmt: off
#: Opcodes that only make or move numbers, strings, tuples and empty containers.
_HARMLESS = (
    'PROTO', 'STOP', 'MARK', 'POP', 'POP_MARK', 'DUP', 'MEMOIZE', 'PUT', 'BINPUT', 'LONG_BINPUT', 'GET', 'BINGET',
    'LONG_BINGET', 'NONE', 'NEWTRUE', 'NEWFALSE', 'INT', 'BININT', 'BININT1', 'BININT2', 'LONG', 'LONG1', 'FLOAT',
    'BINFLOAT', 'NEXT_BUFFER', 'UNICODE', 'SHORT_BINUNICODE', 'SHORT_BINBYTES', 'EMPTY_TUPLE', 'TUPLE', 'TUPLE1',
    'TUPLE2', 'TUPLE3', 'EMPTY_LIST', 'LIST', 'EMPTY_DICT', 'EMPTY_SET', 'GLOBAL', 'STACK_GLOBAL',
)
# fmt: on


class _Handlers(Dict[int, Callable]):
    """Handlers by opcode; an unknown opcode is refused by name."""

    def __missing__(self, code: int) -> Callable:
        raise Refused(f'it holds the opcode {_NAMES.get(code, hex(code))}')


class AnnotationUnpickler(_Unpickler):
    """Unpickler of arrays and plain containers.

    Args:
        file (IO[bytes]): Open file.
        size (int): Bytes in the file and in ``buffers``.
        buffers (Iterable): Out-of-band buffers of protocol 5.
    """

    dispatch = _Handlers({_CODES[name]: _Unpickler.dispatch[_CODES[name]] for name in _HARMLESS})

    def __init__(self, file: IO[bytes], size: int, buffers: Iterable = ()) -> None:
        super().__init__(file, buffers=(memoryview(buffer) for buffer in buffers))
        # Every byte of an array is in the file once and counted at most twice: when read and when used.
        self._budget = 2 * size
        self._size = size
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

    @staticmethod
    def inherited(opcode: str) -> Callable:
        """Return the handler of Python's unpickler for an opcode."""
        return _Unpickler.dispatch[_CODES[opcode]]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise Refused(f'it asks for {_quoted(module)}.{_quoted(name)}')
        return self._known[module, name]

    # Checked replacements of the functions that a file may ask for.

    def _reconstruct(self, kind: Any, shape: tuple, code: bytes) -> np.ndarray:
        if kind is not _NDARRAY or shape != (0,) or code != b'b':
            raise Refused('it makes an array in a way that NumPy does not')
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
            raise Refused(f'it holds an array of type {_quoted(code)}')
        dtype = np.dtype(code, False, True)
        self._blank_dtypes[id(dtype)] = dtype
        return dtype

    def _encode(self, text: str, encoding: str) -> bytes:
        """Return the bytes that protocols 0 to 2 write as text."""
        if type(text) is not str or encoding != 'latin1':
            raise Refused(f'it encodes a {type(text).__name__} as {_quoted(encoding)}')
        self._spend(len(text))
        return text.encode('latin1')

    def _set(self, items: list) -> set:
        self._spend(len(items))
        check_keys(items)
        return set(items)

    def _empty_bytes(self) -> bytes:
        return b''

    def _ordered_dict(self) -> OrderedDict:
        return OrderedDict()

    # Checks.

    def _spend(self, size: int) -> None:
        self._budget -= size
        if self._budget < 0:
            raise Refused('its content is far larger than the file')

    def _check_array(self, size: int, dtype: np.dtype, shape: tuple) -> None:
        if not isinstance(dtype, np.dtype) or dtype.kind == 'O':
            raise Refused('it holds an array of Python objects')
        if type(shape) is not tuple or len(shape) > _MAX_DIMS:
            raise Refused('it holds an array without a valid shape')
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

    # Opcodes with a length.

    def _sized(self, width: int) -> int:
        """Return a length of some bytes; the file would reserve that memory before it finds too few bytes."""
        size = int.from_bytes(self.read(width), 'little')
        if size > self._size:
            raise ValueError(f'it ends within a value of {size:,} bytes')
        return size

    def _load_text(self) -> None:
        self.append(str(self.read(self._sized(4)), 'utf-8', 'surrogatepass'))

    def _load_long_text(self) -> None:
        self.append(str(self.read(self._sized(8)), 'utf-8', 'surrogatepass'))

    def _load_bytes(self) -> None:
        self.append(self.read(self._sized(4)))

    def _load_long_bytes(self) -> None:
        self.append(self.read(self._sized(8)))

    def _load_long4(self) -> None:
        self.append(pickle.decode_long(self.read(self._sized(4))))

    def _load_frame(self) -> None:
        self._unframer.load_frame(self._sized(8))

    # Opcodes that call a function or change an object.

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

    def _build_array(self, array: Any, version: int, shape: tuple, dtype: np.dtype, fortran: bool, raw: bytes) -> None:
        self._check_array(len(raw), dtype, shape)
        if version != 1 or type(fortran) not in (bool, int) or type(raw) is not bytes:
            raise Refused('it holds an array that NumPy did not write')
        array.__setstate__((1, shape, dtype, fortran, raw))

    def _build_dtype(self, dtype: Any, version: int, byteorder: str, *state: Any) -> None:
        """Set the byte order; the rest of the state must be NumPy's own for this type."""
        usual = dtype.__reduce__()[2]
        if byteorder not in ('<', '>', '=', '|') or state[:6] != usual[2:8]:
            raise Refused(f'it holds a {dtype} type with an unusual state')
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
        check_keys(items)
        self._top(set).update(items)

    def _load_bytearray8(self) -> None:
        # Only arrays use this opcode, so memory without the zero-filling of a bytearray will do.
        size = int.from_bytes(self.read(8), 'little')
        self._spend(size)
        buffer = np.empty(size, np.uint8).data
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
            _CODES['BINUNICODE']: _load_text,
            _CODES['BINUNICODE8']: _load_long_text,
            _CODES['BINBYTES']: _load_bytes,
            _CODES['BINBYTES8']: _load_long_bytes,
            _CODES['LONG4']: _load_long4,
            _CODES['FRAME']: _load_frame,
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


def _quoted(text: Any) -> str:
    """Return a name from the file for an error message: short, without control characters."""
    return ascii(text[:80])[1:-1] if type(text) is str else f'a {type(text).__name__}'


def _pairs(items: Any) -> Iterable[Tuple]:
    check_keys(items[::2])
    return zip(items[::2], items[1::2])
