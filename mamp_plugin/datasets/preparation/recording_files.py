"""Recordings in folders, archives and single files, in any format."""

import os
import re
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

from mamp_plugin.skeletons import SkeletonLayout

from .cleaning import Cleaning
from .formats.amass import Amass
from .formats.bvh import Bvh
from .formats.c3d import C3d
from .formats.csv_table import CsvTable
from .formats.plain_arrays import Npy, Npz
from .json_files import JsonFile, group_frames, holds_one_frame
from .raw_files import RawDataError, RawFile, RawFiles
from .recording import Content, Recording, RecordingFormat

#: Formats by which recordings are read; of several that match a name, the first that accepts the content.
FORMATS: Tuple[RecordingFormat, ...] = (Npy(), Amass(), Npz(), CsvTable(), Bvh(), C3d(), JsonFile())


class RecordingFile(NamedTuple):
    """File of a recording, or the files of its frames in order, with a name that has no suffix."""

    name: str
    files: Tuple[RawFile, ...]

    @property
    def label(self) -> str:
        """Return the file name for error messages."""
        return self.files[0].label


def find_recordings(files: RawFiles) -> List[RecordingFile]:
    """Return the recordings among raw files, sorted by name.

    Args:
        files (RawFiles): Folders, archives and files.
    """
    pattern = '|'.join(f'(?:{each.pattern})' for each in FORMATS if not isinstance(each, JsonFile))
    found = [RecordingFile(os.path.splitext(file.name)[0], (file,)) for _, file in files.matching(pattern)]
    documents = [file for _, file in files.matching(JsonFile.pattern)]
    for name, group in group_frames(documents, lambda file: holds_one_frame(files.read(file), file.label)):
        folder = group[0].name.rpartition('/')[0]
        inside = folder.rpartition('/')[0] if len(group) > 1 and folder.rpartition('/')[2] == name else folder
        found.append(RecordingFile(f'{inside}/{name}'.lstrip('/'), group))
    return sorted(found)


def is_recording(name: str) -> bool:
    """Return True if a file has the name of a recording."""
    return any(re.fullmatch(each.pattern, name) for each in FORMATS)


def read_recordings(
    files: RawFiles, found: RecordingFile, layout: Optional[SkeletonLayout], cleaning: Cleaning
) -> Iterator[Tuple[str, Recording]]:
    """Yield the recordings of a file with their names.

    Args:
        files (RawFiles): Where the file was found.
        found (RecordingFile): The file.
        layout (SkeletonLayout, optional): Layout that the user named, or None.
        cleaning (Cleaning): Treatment of missing joints, confidences and persons.
    """
    contents = [Content(files.read(file), file.label) for file in found.files]
    for recording in _format_of(contents[0]).read(contents, layout):
        name = f'{found.name}/{recording.name}' if recording.name else found.name
        yield name, cleaning.clean(recording, found.label)


def described_formats(formats: Sequence[RecordingFormat] = FORMATS) -> str:
    """Return a list of the formats for messages."""
    return ', '.join(each.title for each in formats)


def _format_of(content: Content) -> RecordingFormat:
    name = re.split(r'[/\\!]', content.where)[-1]
    fitting = [each for each in FORMATS if re.fullmatch(each.pattern, name)]
    accepting = [each for each in fitting if each.accepts(content.data)]
    if accepting:
        return accepting[0]
    raise RawDataError(f'{content.where} is none of {described_formats(fitting)}, or is damaged')
