"""Memory-mapped store of skeleton sequences.

A store is a folder without padding and without pickles::

    store.json           version, file sizes, splits, names, labels: everything but arrays
    keypoint.npy         coordinates of all sequences, concatenated
    keypoint.shape.npy   their shapes (M, T, V, C), one row each
    keypoint.crc32.npy   their checksums
    ...                  the same three files for every other array, such as keypoint_score
"""

import json
import os
import zlib
from collections.abc import Sequence
from typing import Any, Dict, List, Optional, Union

import numpy as np

from mamp_plugin.output_files import make_folder_atomically
from mamp_plugin.progress import Track, no_progress
from mamp_plugin.untrusted.arrays import read_npy

from .content import check_keypoint, check_names, check_split, class_names_in, name_of, parts_of, refuse_empty
from .plain_json import decode, encode

_FORMAT = 'mamp_plugin skeleton store'
_VERSION = 1
_INDEX = 'store.json'
#: Arrays that ``half`` stores in 16 bits.
_HALVED = ('keypoint', 'keypoint_score')


def is_store(path: str) -> bool:
    """Tell if a path is the folder of a store."""
    return os.path.isfile(os.path.join(path, _INDEX))


class StoreError(ValueError):
    """Store that cannot be read or written."""


class SkeletonStore:
    """Reader of a store.

    Names, labels and shapes are in memory. Arrays are memory-mapped: all processes share the pages of the files, and
    the system drops pages when it needs memory. A store is pickled as its path.

    Args:
        path (str): The folder.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        index = _read_index(self.path)
        try:
            self._open(index)
        except Exception as error:  # broken bytes lead NumPy to exceptions of many types
            raise self._damaged(error) from error

    def _open(self, index: dict) -> None:
        for name, size in index['files'].items():
            found = os.path.getsize(os.path.join(self.path, name))
            if found != size:
                raise ValueError(f'{name} has {found} bytes instead of {size}')
        self._length = index['sequences']
        self._arrays = {key: _Array(self._length, self.path, key, **array) for key, array in index['arrays'].items()}
        if len(self._arrays['keypoint'].places) != self._length:
            raise ValueError(f'it has {len(self._arrays["keypoint"].places)} keypoints for {self._length} sequences')
        #: By split, the rows of its sequences and the names without a sequence.
        self.splits = {key: [row for row in rows if isinstance(row, int)] for key, rows in index['splits'].items()}
        self.absent = {key: [name for name in rows if isinstance(name, str)] for key, rows in index['splits'].items()}
        #: Further entries of the annotation file.
        self.more = {key: decode(value) for key, value in index['more'].items()}
        columns = {key: _Column(self._length, **column) for key, column in index['columns'].items()}
        self._plain = {key: column.values for key, column in columns.items() if column.plain}
        self._columns = {key: column for key, column in columns.items() if not column.plain}
        for rows in self.splits.values():
            _check_rows(rows, self._length)

    def _damaged(self, error: Exception) -> StoreError:
        reason = ' '.join(f'{type(error).__name__}: {error}'.split())[:200]
        return StoreError(f'store {self.path} is damaged ({reason}); make it again with tools/data/make_store.py')

    def __len__(self) -> int:
        return self._length

    def __reduce__(self) -> tuple:
        return SkeletonStore, (self.path,)

    def __deepcopy__(self, memo: dict) -> 'SkeletonStore':
        return self

    def rows(self, split: Optional[str] = None) -> np.ndarray:
        """Return the row numbers of a split, or of all sequences, ascending."""
        if split is not None:
            check_split(self.splits, split, self.path)
        rows = np.arange(len(self)) if split is None else np.unique(self.splits[split]).astype(np.int64)
        if not len(rows):
            refuse_empty(split, self.path)
        return rows

    def class_names(self) -> Optional[List[str]]:
        """Return the names of the classes, or None if the store has none."""
        return class_names_in(self.more, self.path)

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """Return the shapes ``(M, T, V, C)`` of sequences, ``(len(rows), 4)``."""
        return self._arrays['keypoint'].shapes[rows]

    def values(self, row: int) -> Dict[str, Any]:
        """Return all entries of a sequence but its arrays."""
        values = {key: column[row] for key, column in self._plain.items()}
        try:
            values.update((key, column[row]) for key, column in self._columns.items() if row in column.places)
        except Exception as error:  # what is no encoded value
            raise self._damaged(error) from error
        return values

    def arrays(self, row: int, copy: bool = True) -> Dict[str, np.ndarray]:
        """Return the arrays of a sequence: copies, or read-only views of the memory map."""
        arrays = {}
        for key, array in self._arrays.items():
            if row in array.places:
                arrays[key] = array[row].copy() if copy else array[row]
        return arrays

    def annotation(self, row: int, copy: bool = True) -> Dict[str, Any]:
        """Return the annotation of a sequence as it was in the annotation file; ``copy`` as for :meth:`arrays`."""
        annotation = self.values(row)
        annotation.update(self.arrays(row, copy))
        return annotation

    def select(self, rows: np.ndarray) -> 'StoredAnnotations':
        """Return the annotations of sequences, read on access."""
        return StoredAnnotations(self, rows.tolist())

    def split_names(self) -> Dict[str, List[str]]:
        """Return the names of the sequences by split."""
        return {
            split: [name_of(self.values(row)) for row in rows] + self.absent[split]
            for split, rows in self.splits.items()
        }


class StoredAnnotations(Sequence):
    """List of annotations of a store, read on access.

    Args:
        store (SkeletonStore): The store.
        rows (list[int]): Row numbers of the sequences.
        with_arrays (bool): Items have their arrays, as read-only views. Defaults to False: items have none.
    """

    def __init__(self, store: SkeletonStore, rows: List[int], with_arrays: bool = False) -> None:
        self.store = store
        self.rows = rows
        self.with_arrays = with_arrays

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Union[int, slice]) -> Any:
        if isinstance(index, slice):
            return StoredAnnotations(self.store, self.rows[index], self.with_arrays)
        if self.with_arrays:
            return self.store.annotation(self.rows[index], copy=False)
        return self.store.values(self.rows[index])

    def with_views(self) -> 'StoredAnnotations':
        """Return the same annotations with their arrays as read-only views."""
        return StoredAnnotations(self.store, self.rows, with_arrays=True)

    def take(self, indices: Sequence) -> 'StoredAnnotations':
        """Return the annotations at some indices."""
        return StoredAnnotations(self.store, [self.rows[index] for index in indices], self.with_arrays)

    def sample(self, index: int) -> Dict[str, Any]:
        """Return the annotation at an index with copies of its arrays."""
        return self.store.annotation(self.rows[index])


def _read_index(path: str) -> dict:
    try:
        with open(os.path.join(path, _INDEX), encoding='utf-8') as file:
            index = json.load(file)
    except FileNotFoundError:
        raise StoreError(f'{path} is no store: it has no {_INDEX}; see ann_file in the config') from None
    except NotADirectoryError:
        raise StoreError(
            f'{path} is a file, expected the folder of a store; make a store of it with tools/data/make_store.py'
        ) from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f'{_INDEX} of store {path} is damaged: {error}; make the store again') from None
    if not isinstance(index, dict) or index.get('format') != _FORMAT:
        raise StoreError(f'{path} is no store: its {_INDEX} is of another program; see ann_file in the config')
    if index.get('version') != _VERSION:
        raise StoreError(
            f'store {path} is of version {index.get("version")}, but this mamp_plugin reads version {_VERSION}; '
            'make it again with tools/data/make_store.py, or use the mamp_plugin that wrote it'
        )
    return index


class _Column:
    """Values of a key for the sequences that have it: all of them unless rows are listed."""

    def __init__(self, length: int, rows: Optional[List[int]] = None, **encoded: Any) -> None:
        self.places = _places(rows, length)
        self.values = encoded['values'] if 'values' in encoded else [encoded['same']] * len(self.places)
        if len(self.values) != len(self.places):
            raise ValueError(f'{len(self.values)} values for {len(self.places)} sequences')
        #: The list of values can be used without decoding.
        self.plain = rows is None and not any(isinstance(value, (list, dict)) for value in self.values)

    def __getitem__(self, row: int) -> Any:
        return decode(self.values[self.places[row]])


def _check_rows(rows: List[int], length: int) -> None:
    if not all(isinstance(row, int) and 0 <= row < length for row in rows):
        raise ValueError(f'it refers to other rows than 0 to {length - 1}')


def _places(rows: Optional[List[int]], length: int) -> Union[range, Dict[int, int]]:
    """Return the place of each row among the values of a key."""
    if rows is None:
        return range(length)
    _check_rows(rows, length)
    return {row: place for place, row in enumerate(rows)}


class _Array:
    """Arrays of a key, in the files named after it."""

    def __init__(
        self, length: int, folder: str, key: str, rows: Optional[List[int]] = None, checksums: bool = False
    ) -> None:
        if not key.isidentifier():
            raise ValueError(f'{key!r} cannot be the key of an array')
        self.places = _places(rows, length)
        self._path = os.path.join(folder, f'{key}.npy')
        mapped = np.lib.format.open_memmap(self._path, mode='r')
        self._file: Any = mapped.base
        self._size = self._file.size()
        # As a plain array, because np.memmap is slow to slice.
        self._flat = mapped.view(np.ndarray)
        self.shapes = read_npy(os.path.join(folder, f'{key}.shape.npy'))
        products = self.shapes.astype(float).prod(axis=1)  # of integers, they could overflow
        if self.shapes.dtype.kind not in 'iu' or (self.shapes < 0).any() or (products > self._flat.size).any():
            raise ValueError(f'{key} has shapes beyond its values')
        stops = np.cumsum(self.shapes.prod(axis=1))
        if len(stops) != len(self.places) or self._flat.shape != (stops[-1],):
            raise ValueError(f'{key} and its shapes do not match')
        # Lists of Python numbers are faster to look up.
        self._shapes = list(map(tuple, self.shapes.tolist()))
        self._bounds = [0, *stops.tolist()]
        #: By place, checksums that are still to be compared; stores of earlier versions have none.
        self._unchecked = dict(enumerate(_load_checksums(folder, key, len(stops)))) if checksums else {}

    def __getitem__(self, row: int) -> np.ndarray:
        place = self.places[row]
        if self._file.size() < self._size:  # reading beyond the end of a mapped file kills the process
            raise StoreError(f'{self._path} has shrunk while it was read; make the store again and restart')
        values = self._flat[self._bounds[place] : self._bounds[place + 1]]
        if place in self._unchecked and zlib.crc32(values.data) != self._unchecked.pop(place):
            raise StoreError(f'{self._path} is damaged: its values of row {row} have changed; make the store again')
        return values.reshape(self._shapes[place])


def _load_checksums(folder: str, key: str, count: int) -> List[int]:
    checksums = read_npy(os.path.join(folder, f'{key}.crc32.npy'))
    if checksums.shape != (count,):
        raise ValueError(f'{key} and its checksums do not match')
    return checksums.tolist()


def write_store(content: Any, path: str, half: bool = False, track: Track = no_progress) -> None:
    """Write a store atomically; an older store at ``path`` is replaced.

    Args:
        content (Any): Content of an annotation file: ``dict(split=..., annotations=...)`` or a list of annotations.
        path (str): The folder to write.
        half (bool): Store keypoints and their scores in 16 bits. Defaults to False, which keeps their type.
        track (callable): Shows the progress for each key with arrays. Defaults to none.
    """
    parts = parts_of(content, 'content')
    check_names(parts, 'content')
    splits, annotations, more = parts
    if not annotations:
        raise StoreError(f'there are no annotations to store in {path}')
    rows_by_key: Dict[str, List[int]] = {}
    for row, annotation in enumerate(annotations):
        check_keypoint(annotation, 'content')
        for key in annotation:
            rows_by_key.setdefault(key, []).append(row)
    if os.path.lexists(path) and not os.path.exists(os.path.join(path, _INDEX)):
        raise FileExistsError(f'{path} exists and is no store, so it is not replaced; choose another name')
    with make_folder_atomically(path) as folder:
        columns, arrays = {}, {}
        for key, rows in rows_by_key.items():
            if not isinstance(key, str):
                raise StoreError(f'key {key!r} of an annotation cannot be stored: it must be a string; remove it')
            listed = {} if len(rows) == len(annotations) else dict(rows=rows)
            if any(isinstance(annotations[row][key], np.ndarray) for row in rows):
                _write_arrays(annotations, rows, key, folder, half and key in _HALVED, track)
                arrays[key] = dict(listed, checksums=True)
            else:
                columns[key] = {**listed, **_column(annotations, rows, key)}
        index = dict(
            format=_FORMAT,
            version=_VERSION,
            sequences=len(annotations),
            files={name: os.path.getsize(os.path.join(folder, name)) for name in sorted(os.listdir(folder))},
            arrays=arrays,
            columns=columns,
            splits=_members(splits, annotations),
            more=_encoded_entries(more),
        )
        with open(os.path.join(folder, _INDEX), 'w', encoding='utf-8') as file:
            json.dump(index, file, separators=(',', ':'))


def _members(splits: Dict[str, Any], annotations: List[Dict]) -> Dict[str, list]:
    """Return the splits with row numbers in place of names; a name without annotation stays a name."""
    rows: Dict[str, List[int]] = {}
    for row, annotation in enumerate(annotations):
        rows.setdefault(name_of(annotation), []).append(row)
    return {split: [member for name in names for member in rows.get(name, [name])] for split, names in splits.items()}


def _encoded_entries(more: Dict[str, Any]) -> Dict[str, Any]:
    encoded = {}
    for key, value in more.items():
        try:
            encoded[key] = encode(value)
        except TypeError as error:
            raise StoreError(f"entry '{key}' of the annotation file cannot be stored: {error}; remove it") from None
    return encoded


def _column(annotations: List[Dict], rows: List[int], key: str) -> Dict[str, Any]:
    values = []
    for row in rows:
        try:
            values.append(encode(annotations[row][key]))
        except TypeError as error:
            name = name_of(annotations[row])
            raise StoreError(f"'{key}' of sample '{name}' cannot be stored: {error}; remove it") from None
    # Compared as JSON, because 1, 1.0 and True are equal.
    if len({json.dumps(value) for value in values}) == 1:
        return dict(same=values[0])
    return dict(values=values)


def _write_arrays(annotations: List[Dict], rows: List[int], key: str, folder: str, half: bool, track: Track) -> None:
    """Write the arrays of a key one by one, which needs little memory."""
    first = annotations[rows[0]][key]
    for row in rows:
        array = annotations[row][key]
        if not isinstance(array, np.ndarray) or (array.ndim, array.dtype) != (first.ndim, first.dtype):
            raise StoreError(
                f"'{key}' of sample '{name_of(annotations[row])}' is {_kind(array)}, but that of sample "
                f"'{name_of(annotations[rows[0]])}' is {_kind(first)}; a store needs one kind per key"
            )
    if not key.isidentifier() or first.dtype.kind not in 'biuf':
        raise StoreError(f"'{key}' cannot be stored: it is {_kind(first)}, expected an array of numbers; remove it")
    dtype = np.dtype(np.float16) if half and first.dtype.kind == 'f' else first.dtype.newbyteorder('=')
    shapes = np.array([annotations[row][key].shape for row in rows], dtype=np.int64).reshape(len(rows), first.ndim)
    np.save(os.path.join(folder, f'{key}.shape.npy'), shapes)
    header = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype))
    checksums = []
    with open(os.path.join(folder, f'{key}.npy'), 'wb') as file:
        np.lib.format.write_array_header_1_0(file, dict(header, shape=(int(shapes.prod(axis=1).sum()),)))
        for row in track(rows, len(rows)):
            values = _converted(annotations[row][key], dtype, name_of(annotations[row])).tobytes()
            checksums.append(zlib.crc32(values))
            file.write(values)
    np.save(os.path.join(folder, f'{key}.crc32.npy'), np.array(checksums, np.uint32))


def _kind(value: Any) -> str:
    kind = type(value).__name__
    return f'a {value.ndim}-dimensional array of {value.dtype}' if isinstance(value, np.ndarray) else f'a {kind}'


def _converted(array: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    with np.errstate(over='ignore'):
        converted = array.astype(dtype, copy=False)
    if dtype.itemsize < array.dtype.itemsize and np.isinf(converted).sum() > np.isinf(array).sum():
        raise StoreError(
            f"sample '{name}' has values of up to {np.abs(array).max():.0f}, too large for half=True, "
            f'whose largest value is {np.finfo(dtype).max:.0f}; store it without half'
        )
    return converted
