"""Sequences in any file that the package can read, without labels or splits being needed."""

import inspect
import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type

from mamp_plugin.datasets.annotations.source import open_source
from mamp_plugin.datasets.annotations.store import is_store
from mamp_plugin.skeletons import get_layout

from . import PREPARATIONS
from .cleaning import Cleaning
from .formats.custom import Custom
from .formats.mmaction_pickle import MmactionPickle
from .preparation import Preparation
from .raw_files import RawDataError, RawFile, RawFiles
from .recording import Recording
from .recording_files import RecordingFile, described_formats, find_recordings, read_recordings

#: Regular expression for the names of annotation files.
_PICKLES = r'.+\.(?:pkl|pickle)'
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


def open_sequences(path: str, layout: Optional[str], cleaning: Optional[Cleaning] = None) -> SequenceFiles:
    """Open a file, folder or zip archive with sequences.

    Known are annotation files and stores, the raw files of all data sets in :data:`PREPARATIONS`, and recordings in the
    formats of :data:`.recording_files.FORMATS`.

    Args:
        path (str): The file, folder or archive.
        layout (str, optional): Skeleton layout of recordings, or None: the one that a recording says.
        cleaning (Cleaning, optional): Treatment of recordings. Defaults to None, that without arguments.
    """
    if is_store(path) or (re.fullmatch(_PICKLES, path) and os.path.isfile(path)):
        source = open_source(path)
        return SequenceFiles(source.rows().tolist(), lambda row: [source.annotation(row)], [])
    found = [_open_raw(preparation, path) for preparation in PREPARATIONS.values()]
    raw = max(filter(None, found), key=lambda each: len(each.items), default=None)
    if raw is not None:
        return raw
    files = RawFiles([path])
    pickles = [RecordingFile(file.name, (file,)) for _, file in files.matching(_PICKLES)]
    items = find_recordings(files) + pickles
    if not items:
        raise RawDataError(
            f'{path} has no sequences that can be read: {described_formats()}, annotation files (.pkl), stores, or raw '
            f'files of {", ".join(preparation.title for preparation in PREPARATIONS.values() if preparation.out)}'
        )
    asked = None if layout is None else get_layout(layout)

    def read(item: RecordingFile) -> List[Annotation]:
        if item in pickles:
            return _read_pickle(item.files[0])
        return [_annotation(*each) for each in read_recordings(files, item, asked, cleaning or Cleaning())]

    return SequenceFiles(items, read, [])


def _annotation(name: str, recording: Recording) -> Annotation:
    score = {} if recording.score is None else dict(keypoint_score=recording.score)
    return dict(keypoint=recording.keypoint, layout=recording.layout, frame_dir=name, **score)


def _read_pickle(file: RawFile) -> List[Annotation]:
    if file.archived:
        raise RawDataError(f'{file.label}: annotation files are not read from archives; unpack it')
    source = open_source(os.path.join(file.source, file.name))
    return [source.annotation(row) for row in source.rows()]


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
