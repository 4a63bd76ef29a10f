"""Sequences in any file that the package can read, without labels or splits being needed."""

import inspect
import io
import os
import zipfile
import zlib
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type

import numpy as np

from mamp_plugin.datasets.annotations.source import open_source
from mamp_plugin.datasets.annotations.store import is_store
from mamp_plugin.skeletons import get_layout

from . import PREPARATIONS
from .formats.custom import Custom, read_csv, read_npy
from .formats.mmaction_pickle import MmactionPickle
from .preparation import Preparation
from .raw_files import RawDataError, RawFile, RawFiles

_PICKLES = ('.pkl', '.pickle')
#: Files with coordinates alone.
_PLAIN = r'.+\.(?:npy|npz|csv|pkl|pickle)'
#: Arguments of preparations that only name the splits.
_UNUSED = dict(protocol='all')

Annotation = Dict[str, Any]


class SequenceFiles(NamedTuple):
    """Sequences that are read item by item.

    Args:
        items (Sequence): What to read, such as files or rows of a file.
        read (callable): Returns the annotations of an item, with ``keypoint``, ``frame_dir`` and, if the format says
            so, ``layout``.
        left_out (list[tuple]): Names and reasons of the sequences that could not be used; grows while items are read.
    """

    items: Sequence[Any]
    read: Callable[[Any], List[Annotation]]
    left_out: List[Tuple[str, str]]


def open_sequences(path: str, layout: str) -> SequenceFiles:
    """Open a file, folder or zip archive with sequences.

    Known are annotation files and stores, the raw files of all data sets in :data:`PREPARATIONS`, and plain arrays:
    ``.npy`` and ``.npz`` of shape ``(T, V, C)`` or ``(M, T, V, C)``, and ``.csv`` as ``prepare.py custom`` takes it.

    Args:
        path (str): The file, folder or archive.
        layout (str): Skeleton layout of ``.csv`` files, which do not have one.
    """
    if is_store(path) or (path.endswith(_PICKLES) and os.path.isfile(path)):
        source = open_source(path)
        return SequenceFiles(source.rows().tolist(), lambda row: [source.annotation(row)], [])
    found = [_open_raw(preparation, path) for preparation in PREPARATIONS.values()]
    raw = max(filter(None, found), key=lambda each: len(each.items), default=None)
    if raw is not None:
        return raw
    files = RawFiles([path])
    items = [(os.path.splitext(file.name)[0], file) for _, file in files.matching(_PLAIN)]
    if not items:
        raise RawDataError(
            f'{path} has no sequences that can be read: .npy, .npz, .csv, annotation files (.pkl), stores, or raw '
            f'files of {", ".join(preparation.title for preparation in PREPARATIONS.values() if preparation.out)}'
        )
    return SequenceFiles(items, partial(_read_plain, files, layout), [])


def _open_raw(kind: Type[Preparation], path: str) -> Optional[SequenceFiles]:
    """Return the sequences of a data set's raw files, or None if there are none."""
    parameters = inspect.signature(kind).parameters.values()
    unknown = {each.name for each in parameters if each.default is each.empty} - {'raw', *_UNUSED}
    if unknown or kind in (Custom, MmactionPickle):
        return None
    used = {each.name: _UNUSED[each.name] for each in parameters if each.name in _UNUSED}
    try:
        preparation = kind([path], **used)
        items = preparation.items()
    except RawDataError:
        return None
    left_out: List[Tuple[str, str]] = []

    def read(item: Any) -> List[Annotation]:
        converted = preparation.converted()
        preparation.convert(item, converted)
        left_out.extend(converted.left_out)
        return [dict(annotation, layout=preparation.layout) for annotation in converted.annotations]

    return SequenceFiles(items, read, left_out) if items else None


def _read_plain(files: RawFiles, layout: str, item: Tuple[str, RawFile]) -> List[Annotation]:
    name, file = item
    suffix = os.path.splitext(file.name)[1]
    if suffix in ('.npy', '.csv'):
        content = files.read(file)
        keypoint = (
            read_npy(content, file.label) if suffix == '.npy' else read_csv(content, file.label, get_layout(layout))
        )
        return [dict(keypoint=keypoint, frame_dir=name)]
    if suffix == '.npz':
        return _read_npz(name, files.read(file), file.label)
    if file.archived:
        raise RawDataError(f'{file.label}: annotation files are not read from archives; unpack it')
    source = open_source(os.path.join(file.source, file.name))
    return [source.annotation(row) for row in source.rows()]


def _read_npz(name: str, content: bytes, where: str) -> List[Annotation]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (AttributeError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RawDataError(f'{where} is not a readable .npz file: {error}') from error
    arrays = {key: array for key, array in arrays.items() if array.ndim in (3, 4) and array.dtype.kind in 'fiu'}
    if not arrays:
        raise RawDataError(
            f'{where} holds no sequences, expected arrays (frames, joints, coordinates) or '
            '(persons, frames, joints, coordinates)'
        )
    several = len(arrays) > 1
    return [dict(keypoint=array, frame_dir=f'{name}/{key}' if several else name) for key, array in arrays.items()]
