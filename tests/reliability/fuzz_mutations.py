"""Mutations of valid files; for :mod:`fuzz`."""

import io
import json
import pickle
import random
import struct
import zipfile
import zlib
from typing import Any, Callable, List

#: Length of the bombs, uncompressed.
BOMB = 3 * 2**30
#: Ints of the same hash in CPython.
COLLIDING = [index * (2**61 - 1) for index in range(1, 60_001)]
#: Leaves the witness of its execution.
CODE = b'__import__("os").mkdir("witness")'
NUMBERS = (b'\xff' * 4, b'\xff\xff\xff\x7f', b'\0\0\0\x80', b'\0' * 4, struct.pack('<Q', 2**40), b'\xff' * 8)
WORDS = (
    b'-1',
    b'1e400',
    b'nan',
    b'9' * 5000,
    b'999999999',
    b'[' * 100_000,
    b'{"a":' * 50_000,
    b'',
    b'\xff\xfe',
    b'null',
)
VALUES: List[Any] = [
    None,
    [],
    {},
    -1,
    'x',
    '../..',
    1.5,
    1e300,
    10**30,
    2**40,
    [[]],
    {'a': 1},
    [[[[1]]]],
    '\ud800',
    True,
]


def flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))]


def splice(rng: random.Random, data: bytes) -> bytes:
    place, value = rng.randrange(len(data)), rng.choice(NUMBERS)
    return data[:place] + value + data[place + len(value) :]


def repeat(rng: random.Random, data: bytes) -> bytes:
    start, length, times = rng.randrange(len(data)), rng.choice((1, 8, 64, 512)), rng.choice((2, 50, 2000))
    return data[:start] + data[start : start + length] * times + data[start + length :]


def replace_digits(rng: random.Random, data: bytes) -> bytes:
    """Replace a decimal number, such as a length in the header of an array, by a huge one."""
    places = [index for index, value in enumerate(data[:20_000]) if 48 <= value < 58]
    if not places:
        return splice(rng, data)
    place, value = rng.choice(places), rng.choice((b'9' * 9, b'4294967296', b'-7', b'1e9', b'0'))
    return data[:place] + value + data[place + rng.choice((1, len(value))) :]


def words(rng: random.Random, data: bytes) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + rng.choice(WORDS) + data[place + rng.choice((0, 1, 4)) :]


def parts(node: Any) -> List[tuple]:
    """Return all containers of a document with their keys."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [(node, key) for key in keys] + [pair for key in keys for pair in parts(node[key])]


def value(rng: random.Random, data: bytes) -> bytes:
    """Change, remove, nest or repeat a value of a JSON document."""
    document = json.loads(data)
    node, key = rng.choice(
        sorted(parts(document), key=lambda pair: isinstance(pair[0], list))[: rng.choice((20, 10**6))]
    )
    nested: Any = 1
    for _ in range(500):
        nested = [nested]
    action = rng.randrange(5)
    if action == 0:
        del node[key]
    elif action == 1 and isinstance(node[key], list):
        node[key] = (node[key] or [0]) * rng.choice((2, 3000))
    elif action == 2:
        node[key] = dict(dict=[[number, None] for number in COLLIDING]) if rng.random() < 0.3 else nested
    else:
        node[key] = rng.choice(VALUES)
    return json.dumps(document).encode()


def numbered(rng: random.Random, data: bytes) -> bytes:
    """Replace the entries of a list in a JSON document by many, with colliding, new or distant numbers."""
    document = json.loads(data)
    lists = [node[key] for node, key in [*parts([document])] if isinstance(node[key], list) and node[key]]
    chosen = [one for one in lists if isinstance(one[0], dict)] or lists or [[0]]
    entries, step = rng.choice(chosen), rng.choice((1, 999, 2**61 - 1))
    template = json.dumps(entries[0])
    numbers = ('id', 'image_id', 'frame_id', 'body_id', 'track_id', 'idx', 'file_name')
    entries[:] = [json.loads(template) for _ in range(rng.choice((1000, 4000)))]
    for index, entry in enumerate(entries):
        for node, key in parts([entry]):
            if key in numbers:
                node[key] = index * step
    return json.dumps(document).encode()


def archived(change: Callable) -> Callable:
    """Return a mutation of a member of a zip archive, which keeps the checksums right."""

    def mutate(rng: random.Random, data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            members = [(info, old.read(info)) for info in old.infolist()]
        chosen = rng.randrange(len(members))
        if rng.random() < 0.5:  # a checkpoint has many small members
            chosen = max(range(len(members)), key=lambda index: members[index][0].filename.endswith('.pkl'))
        file = io.BytesIO()
        with zipfile.ZipFile(file, 'w') as new:
            for index, (info, content) in enumerate(members):
                content = change(rng, content) if index == chosen and content else content
                info.compress_type = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
                new.writestr(info.filename, content, info.compress_type)
        return file.getvalue()

    return mutate


def bomb(rng: random.Random, data: bytes) -> bytes:
    """Give a member of a zip archive three GiB of zeros behind its content."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        members = [(info.filename, old.read(info)) for info in old.infolist()]
    chosen = rng.randrange(len(members))
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as new:
        for index, (name, content) in enumerate(members):
            if index != chosen:
                new.writestr(name, content)
                continue
            _write_bomb(new, name, rng.choice((content, _header_of_zeros())))
    return file.getvalue()


def _header_of_zeros() -> bytes:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({BOMB // 75}, 25, 3), }}".encode()
    return b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header)) + header


#: Deflated blocks of zeros, which many members share, by their beginning.
_bombs: dict = {}


def _write_bomb(archive: zipfile.ZipFile, name: str, start: bytes) -> None:
    """Write a deflated member from a compressed MiB of zeros, repeated, which is faster than compressing all."""
    block = 2**20
    if 'block' not in _bombs:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        _bombs['block'] = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    count = BOMB // block
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH) + _bombs['block'] * count + b'\x03\x00'
    info = zipfile.ZipInfo(name)
    info.compress_type, info.file_size, info.compress_size = (
        zipfile.ZIP_DEFLATED,
        len(start) + count * block,
        len(packed),
    )
    info.CRC = 0  # which is compared after everything was decompressed
    info.header_offset = archive.fp.tell()
    archive.fp.write(info.FileHeader(zip64=False) + packed)
    archive.filelist.append(info)
    archive.NameToInfo[name] = info
    archive.start_dir = archive.fp.tell()
    archive._didModify = True


def large_array(shape: int) -> bytes:
    """Return the pickle, without frame, of four bytes that claim to be a large array."""
    latin = b'X\x06\0\0\0latin1tR'
    blank = (
        b'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tc_codecs\nencode\n(X\x01\0\0\0b' + latin + b'tR'
    )
    dtype = b'cnumpy\ndtype\n(X\x02\0\0\0f4\x89\x88tR'
    return (
        blank
        + b'(K\x01(J'
        + struct.pack('<i', shape)
        + b't'
        + dtype
        + b'\x89c_codecs\nencode\n(X\4\0\0\0abcd'
        + latin
        + b'tb'
    )


#: Pickles, without frame, of what harms when it is loaded.
HARMS = dict(
    call=b'cos\nmkdir\n(X\x07\0\0\0witnesstR',
    code=b'cbuiltins\nexec\n(X' + struct.pack('<I', len(CODE)) + CODE + b'tR',
    key=b'})' + b'\x85' * 1_000_000 + b'Ns',
    deep=b')' + b'\x85' * 100_000,
    lists=b']' * 50_000 + b'a' * 49_999,
    colliding=b'}(' + b''.join(pickle.dumps(number, 2)[2:-1] + b'N' for number in COLLIDING) + b'u',
    doubling=b')' + b'2\x86' * 100,
    bytearray=b'cbuiltins\nbytearray\n(\x8a\x05\0\0\0\0\x01tR',
    array=large_array(2**30),
)


def pickled(rng: random.Random, data: bytes) -> bytes:
    """Put something harmful into a pickle, as a value of its outermost list or dict."""
    harm = rng.choice(sorted(HARMS.values()))
    start = 2 if data[:1] == b'\x80' else 0
    return data[:start] + b'](' + harm + b'e0' + data[start:] if rng.random() < 0.3 else b'\x80\x02](' + harm + b'e.'


GENERAL = (flip, flip, truncate, splice, splice, repeat, replace_digits)


def mutations_of(name: str, data: bytes) -> List[Callable]:
    """Return the mutations that suit a file."""
    found: List[Callable] = list(GENERAL)
    if data[:2] == b'PK':
        inner = [flip, splice, replace_digits, repeat, truncate]
        inner += [pickled] * 3 if name.endswith('.pth') else [words]
        return found[:4] + [archived(each) for each in inner] + [bomb]
    if name.endswith('.json'):
        found += [value] * 5 + [numbered] * 2
    if name.endswith(('.json', '.csv', '.bvh', '.txt', '.skeleton')):
        found += [words] * 3
    if name.endswith(('.pkl', '.pth')):
        found += [pickled] * 3
    return found
