"""Script that loads hostile and mutated pickles with little memory and an audit hook against side effects.

It writes each as ``x.pkl`` in the current folder and prints a JSON object of outcomes: ``loaded``, or the error. The
argument is the number of mutated files.
"""

import codecs
import copyreg
import faulthandler
import json
import os
import pickle
import pickletools
import random
import resource
import struct
import sys
from collections import Counter, OrderedDict
from pathlib import Path
from types import ModuleType

import numpy as np

CORE = 'numpy._core' if hasattr(np, '_core') else 'numpy.core'
SYSTEM = f'{os.name}.system' if os.name == 'nt' else 'posix.system'


class Calls:
    """Object that is pickled as a function call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def glob(name, module=f'{CORE}.multiarray'):
    return b'c' + f'{module}\n{name}\n'.encode()


def text(value):
    return b'X' + struct.pack('<I', len(value.encode())) + value.encode()


def raw(value):
    return b'B' + struct.pack('<I', len(value)) + value


def ints(*values):
    return b'(' + b''.join(b'J' + struct.pack('<i', value) for value in values) + b't'


def big(value):
    return b'\x8a\x09' + value.to_bytes(9, 'little')


BLANK = glob('_reconstruct') + b'(' + glob('ndarray', 'numpy') + ints(0) + raw(b'b') + b'tR'


def dtype(code, state=b''):
    return glob('dtype', 'numpy') + b'(' + text(code) + b'\x89\x88tR' + (state and state + b'b')


def array(shape, content=b'B\x10\0\0\0' + b'x' * 16, kind=None, version=b'K\x01', fortran=b'\x89'):
    return BLANK + b'(' + version + shape + (kind or dtype('f4')) + fortran + content + b'tb'


def repeated(value, use, times):
    """Return a list that uses a memoized value many times."""
    return b'](' + value + b'q\x010' + use * times + b'e.'


def hostile_files():
    """Yield names and contents; the part of the name before the dash must be in the error message."""
    nested = np.empty(1, dtype=object)
    nested[0] = Calls(os.system, 'true')
    for protocol in (0, 1, 2, 3, 4, 5):
        yield f'it asks for {SYSTEM} - protocol {protocol}', pickle.dumps([Calls(os.system, 'true')], protocol)
        yield f'it asks for {SYSTEM} - in an array, protocol {protocol}', pickle.dumps([nested], protocol)
        module = '__builtin__' if protocol < 3 else 'builtins'
        yield f'it asks for {module}.eval - protocol {protocol}', pickle.dumps([Calls(eval, '1')], protocol)
    yield 'an array of Python objects - plain ones', pickle.dumps(np.array([None, 'x']), 4)
    yield 'it asks for numpy.memmap - a subclass', BLANK.replace(b'ndarray', b'memmap') + b'.'
    yield 'it asks for collections.Counter - a class', pickle.dumps(Counter('ab'), 2)

    # names
    reconstruct = text('_reconstruct.__globals__')
    stack_global = b'\x80\x04' + text(f'{CORE}.multiarray')
    yield f'it asks for {CORE}.multiarray._reconstruct.__globals__ - dotted', stack_global + reconstruct + b'\x93.'
    yield (
        f'it asks for {CORE}.multiarray._reconstruct - cut elsewhere',
        (b'\x80\x04' + text(CORE) + text('multiarray._reconstruct') + b'\x93.'),
    )
    yield 'STACK_GLOBAL requires str - numbers for names', b'\x80\x04K\x01K\x02\x93.'
    yield r'it asks for a\x1b[2J.b\\n - control characters', b'\x80\x04' + text('a\x1b[2J') + text('b\\n') + b'\x93.'
    yield 'it asks for posix.system - an old instance', b'(iposix\nsystem\n.'
    yield 'it holds the opcode INST - of something known', b'(inumpy\ndtype\n.'
    yield 'it holds the opcode OBJ -', b'(' + glob('dtype', 'numpy') + b'o.'
    yield 'it holds the opcode NEWOBJ -', b'\x80\x02' + glob('ndarray', 'numpy') + b')\x81.'
    yield 'it holds the opcode NEWOBJ_EX -', b'\x80\x04' + glob('ndarray', 'numpy') + b')}\x92.'
    yield 'it holds the opcode PERSID -', b'Pname\n.'
    yield 'it holds the opcode BINPERSID -', b'K\x01Q.'
    for opcode in (b'\x82\xf0', b'\x83\xf0\x00', b'\x84\xf0\x00\x00\x00'):
        yield f'it holds the opcode EXT{2 ** (opcode[0] - 0x82)} - registered', b'\x80\x02' + opcode + b'.'
    yield 'it holds the opcode 0xff -', b'\xff.'
    yield 'it uses a object as if it were a method - a class is called', glob('ndarray', 'numpy') + ints(9) + b'R.'
    yield 'it uses a str as if it were a method - a text is called', text('x') + b')R.'
    yield 'it holds a method - a function is left', glob('dtype', 'numpy') + b'.'

    # nesting
    deep = 100_000
    yield 'nested more than 32 deep - lists', b'\x80\x02' + b']' * deep + b'a' * (deep - 1) + b'.'
    yield 'nested more than 32 deep - tuples', b'\x80\x02)' + b'\x85' * deep + b'.'
    yield 'nested more than 32 deep - dicts', b'\x80\x02' + b'}K\x01' * deep + b'N' + b's' * deep + b'.'
    yield 'nested more than 32 deep - a list in itself', b'\x80\x02]q\x01h\x01a.'
    yield 'far more values than the file - each twice', b'\x80\x02)' + b'2\x86' * 100 + b'.'
    yield (
        'far more values than the file - a long list many times',
        repeated(b'](' + b'N' * 9999 + b'e', b'h\x01', 9999),
    )
    yield 'damaged (IndexError - marks only', b'(' * deep + b'0' * deep + b'.'
    for name, code in (('a dict', b'})' + b'\x85' * deep + b'Ns.'), ('a set', b'\x8f()' + b'\x85' * deep + b'\x90.')):
        yield f'it uses a tuple as a key - deep, of {name}', b'\x80\x04' + code
    yield 'it uses a tuple as a key - endless, of dicts', b'\x80\x04}()' + b'2\x86' * 100 + b'Nu.'
    yield 'it uses a tuple as a key - an old dict', b'()Nd.'
    yield 'it holds the opcode FROZENSET -', b'\x80\x04(' + b'(' + b'\x91\x91.'

    # sizes
    for opcode in (b'\x8d', b'\x8e', b'\x95'):
        for size in (10**12, 2**60, 2**63 - 1):
            yield f'damaged - opcode {opcode.hex()} of {size}', b'\x80\x04' + opcode + struct.pack('<Q', size) + b'x.'
    for size in (10**12, 2**60, 2**63 - 1):
        yield f'far larger than the file - {size}', b'\x80\x05\x96' + struct.pack('<Q', size) + b'x.'
    yield 'damaged - an array cut off', b'\x80\x05\x96' + struct.pack('<Q', 20) + b'x.'
    yield 'damaged - LONG4', b'\x80\x02\x8b\xff\xff\xff\x7fx.'
    yield 'damaged - LONG4 below zero', b'\x80\x02\x8b\xff\xff\xff\xffx.'
    yield 'damaged - an endless number', b'I' + b'9' * 100_000 + b'\n' + b'tooo'
    trillion = b'(' + big(10**12) + b't'
    yield 'it holds 16 bytes for an array of shape (1000000000000,) - built', array(trillion) + b'.'
    frombuffer = glob('_frombuffer', f'{CORE}.numeric')
    yield (
        'it holds 4 bytes for an array of shape (1000000000000,) - from a buffer',
        (frombuffer + b'(' + raw(b'xxxx') + dtype('f4') + trillion + text('C') + b'tR.'),
    )
    yield 'in a way that NumPy does not - at once', BLANK.replace(ints(0), trillion) + b'.'
    encode = glob('encode', '_codecs') + b'(h\x01' + text('latin1') + b'tR'
    yield 'far larger than the file - texts', repeated(text('x' * 100_000), encode, 20_000)
    swapped = b'(K\x03' + text('>') + b'NNN' + ints(-1, -1, 0)[1:-1] + b't'
    copies = array(ints(25_000), b'h\x01', dtype('f4', swapped))
    yield 'far larger than the file - arrays', repeated(raw(bytes(100_000)), copies, 20_000)
    sets = glob('set', 'builtins') + b'(h\x01tR'
    yield 'far larger than the file - sets', repeated(b'](' + b'K\x01' * 50_000 + b'e', sets, 50_000)

    # arrays
    for shape, name in ((ints(-4), 'below zero'), (b'(G@\x10\0\0\0\0\0\0t', 'no integer'), (b'(\x88K\x04t', 'bool')):
        yield f'impossible lengths - {name}', array(shape) + b'.'
    yield 'impossible lengths - endless', array(b'(' + big(2**64) * 2 + b'J\0\0\0\0t', raw(b'')) + b'.'
    yield (
        'it holds 0 bytes for an array of shape - overflow',
        (array(b'(' + big(2**47) * 2 + b'J\0\0\0\0t', raw(b'')) + b'.'),
    )
    yield 'without a valid shape - a number', array(b'K\x04') + b'.'
    yield 'without a valid shape - a list', array(b'](K\x04e') + b'.'
    yield 'without a valid shape - 40 dimensions', array(ints(*[1] * 40), raw(b'xxxx')) + b'.'
    yield 'that NumPy did not write - version', array(ints(4), version=b'K\x02') + b'.'
    yield 'that NumPy did not write - order', array(ints(4), fortran=b'N') + b'.'
    yield 'that NumPy did not write - a text for bytes', array(ints(4), text('x' * 16)) + b'.'
    yield 'that NumPy did not write - a list for bytes', array(ints(4), b'](' + b'K\x01' * 16 + b'e') + b'.'
    yield 'damaged (TypeError - a state too short', BLANK + b'(K\x01' + ints(4) + dtype('f4') + b'\x89tb.'
    yield 'array of Python objects - no type', array(ints(4), kind=text('f4')) + b'.'
    yield 'array of Python objects - bytes as objects', array(ints(4), raw(b'A' * 32), dtype('O8')) + b'.'
    yield 'sets the state of a ndarray - twice', array(ints(4)) + array(ints(4))[len(BLANK) :] + b'.'
    yield 'sets the state of a list -', b']}b.'
    yield 'sets the state of a method -', glob('dtype', 'numpy') + b'}b.'
    for wrong in (glob('dtype', 'numpy'), text('x'), glob('_reconstruct')):
        yield f'in a way that NumPy does not - {wrong[:20]}', BLANK.replace(glob('ndarray', 'numpy'), wrong) + b'.'
    shared = array(ints(4)) + b'q\x01'
    for name, source in (('ndarray', b'h\x01'), ('list', b']')):
        use = frombuffer + b'(' + source + dtype('f4') + ints(4) + text('C') + b'tR.'
        yield f'it makes an array from a {name} - memory of another', shared + use
    yield 'it uses a ndarray as if it were a memoryview -', b'\x80\x05' + shared + b'\x98.'
    yield 'it uses a ndarray as if it were a list - append', shared + b'Na.'
    yield 'it uses a ndarray as if it were a list - appends', shared + b'(Ne.'
    yield 'it uses a ndarray as if it were a dict - item', shared + b'K\0Ns.'
    yield 'it uses a ndarray as if it were a dict - items', shared + b'(K\0Nu.'
    yield 'it uses a list as if it were a set -', b'\x80\x04](K\0\x90.'
    yield 'holds a memoryview - a buffer is left', b'\x80\x05\x96' + struct.pack('<Q', 1) + b'x.'
    yield 'not enough out-of-band buffers -', b'\x80\x05\x97.'

    # types
    for code in ('V8', 'M8', 'm8', 'f4,f4', '(9,)f4', 'O', 'f', '', 'f-4', 'x4', '>f4', 'T16'):
        yield f'it holds an array of type {code} -', dtype(code) + b'.'
    yield 'it holds an array of type a int -', dtype('f4').replace(text('f4'), b'K\x04') + b'.'
    for code in ('f3', 'i999999999999', 'U999999999'):
        yield f'damaged - {code}', dtype(code) + b'.'
    fields = text('a') + b'\x85}' + text('a') + dtype('O8') + b'K\0\x86s'
    tail = ints(4, 4, 63)[1:-1]
    for name, state in (
        ('fields', b'(K\x03' + text('<') + b'N' + fields + tail + b't'),
        ('a subarray', b'(K\x03' + text('<') + dtype('O8') + ints(1 << 30) + b'\x86NN' + tail + b't'),
        ('another size', b'(K\x03' + text('<') + b'NNN' + ints(1 << 20, 1, 0)[1:-1] + b't'),
        ('no byte order', b'(K\x03NNNN' + ints(-1, -1, 0)[1:-1] + b't'),
        ('a number for the byte order', b'(K\x03K\x04t'),
    ):
        yield f'it holds a float32 type with an unusual state - {name}', dtype('f4', state) + b'.'
    yield 'sets the state of a Float32DType - twice', dtype('f4', swapped) + swapped + b'b.'
    scalar = glob('scalar') + b'('
    yield 'it holds 2 bytes for an array of shape () - a number', scalar + dtype('f8') + raw(b'xx') + b'tR.'
    yield 'array of Python objects - a number', scalar + dtype('O8') + raw(b'x' * 8) + b'tR.'
    for codec in ('rot13', 'zip', 'idna', 'latin-1', ''):
        yield f'it encodes a str as {codec} -', b'c_codecs\nencode\n(' + text('x') + text(codec) + b'tR.'
    yield 'it encodes a list as latin1 -', b'c_codecs\nencode\n(]' + text('latin1') + b'tR.'
    yield 'damaged - nothing', b''
    yield 'damaged - text', b'annotations\n'


def harmless_files():
    """Yield names and contents of unusual but valid files."""
    yield 'loaded - a far place in memory', b'\x80\x02Nr\xff\xff\xff\x7f.'
    yield 'loaded - empty', b'].'
    yield 'loaded - an array in many places', repeated(array(ints(4)), b'h\x01', 1000)


def good_content():
    floats = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3)
    return dict(
        split=OrderedDict(train=['a', 'b'], val=[]),
        annotations=[
            dict(frame_dir='a', label=1, total_frames=2, keypoint=floats, img_shape=(1080, 1920)),
            dict(frame_dir='b', label=np.int64(2), total_frames=2, keypoint=np.asfortranarray(floats), fps=30.0),
            dict(keypoint=floats.astype('>f2'), names=np.array(['é', 'bc']), empty=np.zeros((0, 3)), set={1, 'x'}),
            dict(big=np.zeros((1, 30, 25, 3), np.float32), flag=np.array([True]), none=None, text=b'', long=1 << 70),
        ],
    )


def operations(content):
    """Return the operations of a pickle without framing."""
    starts = [(start, opcode.name) for opcode, _, start in pickletools.genops(content)]
    ends = [start for start, _ in starts[1:]] + [len(content)]
    return [content[start:end] for (start, name), end in zip(starts, ends) if name != 'FRAME']


def mutated(rng, files, fragments):
    """Return one of the files with operations deleted, repeated or inserted, and sometimes changed bytes."""
    content, other = list(rng.choice(files)), rng.choice(files)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        place, start, length = rng.randrange(len(content)), rng.randrange(len(other)), rng.choice((1, 1, 2, 8))
        content[place : place + rng.choice((0, length))] = rng.choice(
            ([], content[place : place + length] * 2, other[start : start + length], [rng.choice(fragments)])
        )
    content = bytearray().join(content)
    for _ in range(rng.choice((0, 0, 1, 2))):
        place = rng.randrange(len(content))
        content[place : place + 4] = rng.choice((b'\xff' * 4, b'\0\0\0\x80', b'\0', bytes([rng.randrange(256)])))
    return bytes(content)


def touch(value):
    """Read all memory of the loaded arrays."""
    if isinstance(value, np.ndarray):
        value.tobytes()
    elif isinstance(value, dict):
        any(map(touch, value.values()))
    elif isinstance(value, (list, tuple)):
        any(map(touch, value))


def limit_memory(extra):
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    size = pages * resource.getpagesize() + extra
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Alarm:
    """Audit hook that ends the process at any event except opening a file for reading."""

    armed = False

    def __call__(self, event, args):
        if self.armed and event != 'builtins.id' and not (event == 'open' and args[1] == 'r'):
            self.armed = False
            print(f'ALARM: {event} {args!r}'[:300], file=sys.stderr, flush=True)
            os._exit(42)


def main(num_mutations):
    # PYTHONPATH is mamp_plugin/datasets: the package of annotations does without the slow imports of the plugin
    plugin = sys.modules['mamp_plugin'] = ModuleType('mamp_plugin')
    plugin.__path__ = [str(Path(os.environ['PYTHONPATH']).parent)]
    from annotations.safe_pickle import load_annotations

    hostile, harmless = list(hostile_files()), list(harmless_files())
    codecs.lookup('raw_unicode_escape')  # imported lazily by the standard library
    copyreg.add_extension('posix', 'system', 0xF0)
    copyreg._extension_cache[0xF0] = os.system
    alarm = Alarm()
    sys.addaudithook(alarm)
    faulthandler.enable()
    limit_memory(400 << 20)

    def outcome(content):
        with open('x.pkl', 'wb') as file:
            file.write(content)
        alarm.armed = True
        try:
            touch(load_annotations('x.pkl'))
            return 'loaded'
        except pickle.UnpicklingError as error:
            return str(error)
        finally:
            alarm.armed = False

    outcomes = {}
    for name, content in (*hostile, *harmless):
        print(name, file=sys.stderr, flush=True)
        outcomes[name] = outcome(content)
    rng = random.Random(0)
    good = [pickle.dumps(good_content(), protocol) for protocol in range(6)]
    assert all(outcome(content) == 'loaded' for content in good)
    files = list(map(operations, good))
    fragments = [content[:-1] for _, content in hostile if len(content) < 500]
    for number in range(num_mutations):
        content = mutated(rng, files, fragments)
        print(number, content.hex(), file=sys.stderr, flush=True)
        outcomes[number] = outcome(content)
    print(json.dumps(outcomes))


if __name__ == '__main__':
    main(int(sys.argv[1]))
