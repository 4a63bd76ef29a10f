"""Skeleton sequences in one flat array that is read where it lies, one sequence at a time.

A store is a folder, in which nothing is padded and nothing is pickled::

    store.json           version, file sizes, splits, names, labels: all that is no array
    keypoint.npy         the coordinates of all sequences, one after the other
    keypoint.shape.npy   their shapes (M, T, V, C), a row each
    ...                  the same two files for every other array, such as keypoint_score
"""

import json
import os
import tempfile
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional

import numpy as np

from .content import check_keypoint, check_names, check_split, name_of, parts_of, refuse_empty
from .plain_json import decode, encode

_FORMAT = 'mamp_plugin skeleton store'
_VERSION = 1
_INDEX = 'store.json'
#: What ``half`` stores in 16 bits.
_HALVED = ('keypoint', 'keypoint_score')


class StoreError(ValueError):
    """A store cannot be read or written."""


class SkeletonStore:
    """Reads a store.

    Names, labels and shapes are in memory. The arrays are memory-mapped, so all processes share the pages of the files,
    which the system drops when it needs the room. Pickled, a store is its path.

    Args:
        path (str): The folder.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        index = _read_index(self.path)
        try:
            self._open(index)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f'{type(error).__name__}: {error}'[:200]
            raise StoreError(
                f'store {path} is damaged ({reason}); make it again with tools/data/make_store.py'
            ) from error

    def _open(self, index: dict) -> None:
        for name, size in index['files'].items():
            found = os.path.getsize(os.path.join(self.path, name))
            if found != size:
                raise ValueError(f'{name} has {found} bytes instead of {size}')
        self._length = index['sequences']
        #: By split the rows of its members, and the members that have no row.
        self.splits = {key: [row for row in rows if isinstance(row, int)] for key, rows in index['splits'].items()}
        self.absent = {key: [name for name in rows if isinstance(name, str)] for key, rows in index['splits'].items()}
        #: Entries of the annotation file besides its splits and annotations.
        self.more = {key: decode(value) for key, value in index['more'].items()}
        columns = {key: _Column(self._length, **column) for key, column in index['columns'].items()}
        self._plain = {key: column.values for key, column in columns.items() if column.plain}
        self._columns = {key: column for key, column in columns.items() if not column.plain}
        self._arrays = {key: _Array(self._length, self.path, key, **array) for key, array in index['arrays'].items()}

    def __len__(self) -> int:
        return self._length

    def __reduce__(self) -> tuple:
        return SkeletonStore, (self.path,)

    def __deepcopy__(self, memo: dict) -> 'SkeletonStore':
        return self

    def rows(self, split: Optional[str] = None) -> np.ndarray:
        """The rows of a split, ascending, or all rows."""
        if split is not None:
            check_split(self.splits, split, self.path)
        rows = np.arange(len(self)) if split is None else np.unique(self.splits[split]).astype(np.int64)
        if not len(rows):
            refuse_empty(split, self.path)
        return rows

    def shapes(self, rows: np.ndarray) -> np.ndarray:
        """The shapes ``(M, T, V, C)`` of sequences, ``(len(rows), 4)``."""
        return self._arrays['keypoint'].shapes[rows]

    def values(self, row: int) -> Dict[str, Any]:
        """What is no array of a sequence."""
        values = {key: column[row] for key, column in self._plain.items()}
        for key, column in self._columns.items():
            if row in column.places:
                values[key] = column[row]
        return values

    def annotation(self, row: int) -> Dict[str, Any]:
        """A sequence as it was in the annotation file; its arrays are copies that may be written to."""
        annotation = self.values(row)
        for key, array in self._arrays.items():
            if row in array.places:
                annotation[key] = array[row]
        return annotation


def _read_index(path: str) -> dict:
    try:
        with open(os.path.join(path, _INDEX), encoding='utf-8') as file:
            index = json.load(file)
    except FileNotFoundError:
        raise StoreError(f'{path} is no store, there is no {_INDEX} in it; see ann_file in the config') from None
    except NotADirectoryError:
        raise StoreError(
            f"{path} is a file and no store; read it with type='SkeletonDataset', "
            'or make a store of it with tools/data/make_store.py'
        ) from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f'{_INDEX} of store {path} is damaged: {error}; make the store again') from None
    if not isinstance(index, dict) or index.get('format') != _FORMAT:
        raise StoreError(f'{path} is no store, {_INDEX} does not say so; see ann_file in the config')
    if index.get('version') != _VERSION:
        raise StoreError(
            f'store {path} is of version {index.get("version")}, but this mamp_plugin reads version {_VERSION}; '
            'make it again with tools/data/make_store.py, or use the mamp_plugin that wrote it'
        )
    return index


class _Column:
    """What a key says of the sequences that have it, all of them if no rows are listed."""

    def __init__(self, length: int, rows: Optional[List[int]] = None, **encoded: Any) -> None:
        self.places = range(length) if rows is None else {row: place for place, row in enumerate(rows)}
        self.values = encoded['values'] if 'values' in encoded else [encoded['same']] * len(self.places)
        if len(self.values) != len(self.places):
            raise ValueError(f'{len(self.values)} values for {len(self.places)} sequences')
        #: Whether the list of values can be used as it is.
        self.plain = rows is None and not any(isinstance(value, (list, dict)) for value in self.values)

    def __getitem__(self, row: int) -> Any:
        return decode(self.values[self.places[row]])


class _Array:
    """The arrays of a key, in the two files named after it."""

    def __init__(self, length: int, folder: str, key: str, rows: Optional[List[int]] = None) -> None:
        if not key.isidentifier():
            raise ValueError(f'{key!r} is no key for an array')
        self.places = range(length) if rows is None else {row: place for place, row in enumerate(rows)}
        # a view as a plain array, for np.memmap is slow to slice
        self._flat = np.lib.format.open_memmap(os.path.join(folder, f'{key}.npy'), mode='r').view(np.ndarray)
        self.shapes = np.load(os.path.join(folder, f'{key}.shape.npy'), allow_pickle=False)
        stops = np.cumsum(self.shapes.prod(axis=1))
        if len(stops) != len(self.places) or self._flat.shape != (stops[-1],):
            raise ValueError(f'{key} and its shapes do not fit')
        # lists of Python's numbers are faster to look up
        self._shapes = list(map(tuple, self.shapes.tolist()))
        self._bounds = [0, *stops.tolist()]

    def __getitem__(self, row: int) -> np.ndarray:
        place = self.places[row]
        return self._flat[self._bounds[place] : self._bounds[place + 1]].copy().reshape(self._shapes[place])


def write_store(content: Any, path: str, half: bool = False) -> None:
    """Writes a store, all or nothing; an older store at ``path`` is replaced.

    Args:
        content (Any): What an annotation file holds: ``dict(split=..., annotations=...)`` or a list of annotations.
        path (str): The folder to make.
        half (bool): Keep keypoints and their scores in 16 bits. Defaults to False, as they are.
    """
    parts = parts_of(content, 'content')
    check_names(parts, 'content')
    splits, annotations, more = parts
    if not annotations:
        raise StoreError(f'there is nothing to be stored in {path}: no annotations')
    rows_by_key: Dict[str, List[int]] = {}
    for row, annotation in enumerate(annotations):
        check_keypoint(annotation, 'content')
        for key in annotation:
            rows_by_key.setdefault(key, []).append(row)
    with _whole_or_not_at_all(path) as folder:
        columns, arrays = {}, {}
        for key, rows in rows_by_key.items():
            if not isinstance(key, str):
                raise StoreError(f'key {key!r} of an annotation cannot be stored, it must be a text; take it out')
            listed = {} if len(rows) == len(annotations) else dict(rows=rows)
            if any(isinstance(annotations[row][key], np.ndarray) for row in rows):
                _write_arrays(annotations, rows, key, folder, half and key in _HALVED)
                arrays[key] = listed
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
    """Rows instead of names; a name without annotation stays as it is."""
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
            raise StoreError(f"entry '{key}' of the annotation file cannot be stored: {error}; take it out") from None
    return encoded


def _column(annotations: List[Dict], rows: List[int], key: str) -> Dict[str, Any]:
    values = []
    for row in rows:
        try:
            values.append(encode(annotations[row][key]))
        except TypeError as error:
            name = name_of(annotations[row])
            raise StoreError(f"'{key}' of sample '{name}' cannot be stored: {error}; take it out") from None
    # As text, for 1, 1.0 and True are equal and not the same.
    if len({json.dumps(value) for value in values}) == 1:
        return dict(same=values[0])
    return dict(values=values)


def _write_arrays(annotations: List[Dict], rows: List[int], key: str, folder: str, half: bool) -> None:
    """Appends one array after the other to a file, so that little is in memory."""
    first = annotations[rows[0]][key]
    for row in rows:
        array = annotations[row][key]
        if not isinstance(array, np.ndarray) or (array.ndim, array.dtype) != (first.ndim, first.dtype):
            raise StoreError(
                f"'{key}' of sample '{name_of(annotations[row])}' is {_kind(array)}, but that of sample "
                f"'{name_of(annotations[rows[0]])}' is {_kind(first)}; a store needs the same for all"
            )
    if not key.isidentifier() or first.dtype.kind not in 'biuf':
        raise StoreError(f"'{key}' cannot be stored: it is {_kind(first)} and needs to be of numbers; take it out")
    dtype = np.dtype(np.float16) if half and first.dtype.kind == 'f' else first.dtype.newbyteorder('=')
    shapes = np.array([annotations[row][key].shape for row in rows], dtype=np.int64).reshape(len(rows), first.ndim)
    np.save(os.path.join(folder, f'{key}.shape.npy'), shapes)
    header = np.lib.format.header_data_from_array_1_0(np.empty(0, dtype))
    with open(os.path.join(folder, f'{key}.npy'), 'wb') as file:
        np.lib.format.write_array_header_1_0(file, dict(header, shape=(int(shapes.prod(axis=1).sum()),)))
        for row in rows:
            file.write(_converted(annotations[row][key], dtype, name_of(annotations[row])).tobytes())


def _kind(value: Any) -> str:
    kind = type(value).__name__
    return f'a {value.ndim}-dimensional array of {value.dtype}' if isinstance(value, np.ndarray) else f'a {kind}'


def _converted(array: np.ndarray, dtype: np.dtype, name: str) -> np.ndarray:
    with np.errstate(over='ignore'):
        converted = array.astype(dtype, copy=False)
    if dtype.itemsize < array.dtype.itemsize and np.isinf(converted).sum() > np.isinf(array).sum():
        raise StoreError(
            f"sample '{name}' has values of up to {np.abs(array).max():.0f}, too large for half=True, "
            f'which reaches {np.finfo(dtype).max:.0f}; store it without'
        )
    return converted


@contextmanager
def _whole_or_not_at_all(path: str) -> Iterator[str]:
    """A folder that takes the place of ``path`` if all goes well."""
    path = os.path.abspath(path)
    if os.path.lexists(path) and not os.path.exists(os.path.join(path, _INDEX)):
        raise FileExistsError(f'{path} exists and is no store, so it is not replaced; choose another name')
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.store-', dir=os.path.dirname(path)) as parent:
        new = os.path.join(parent, 'new')
        os.mkdir(new)
        yield new
        if os.path.lexists(path):
            os.rename(path, os.path.join(parent, 'old'))
        os.rename(new, path)
