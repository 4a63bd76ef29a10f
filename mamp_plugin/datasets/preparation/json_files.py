"""JSON files of pose estimators: recognized by their content, numbered ones grouped to recordings."""

import os
import re
from collections import defaultdict
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from mamp_plugin.skeletons import SkeletonLayout

from .formats.azure_kinect import AzureKinect
from .formats.coco_json import CocoAnnotations, CocoResults
from .formats.mediapipe import MediaPipe, MediaPipeFrame
from .formats.mmpose_json import MmposeFrame, MmposeVideo
from .formats.openpose import OpenPose
from .formats.rtmlib_json import RtmlibFrame, RtmlibVideo
from .formats.video_skeletons import VideoSkeletons
from .json_format import JsonFormat
from .json_values import check_gap, parse_json
from .raw_files import RawDataError, RawFile
from .recording import Content, Recording, RecordingFormat

#: All JSON formats; the first that matches a document is taken.
JSON_FORMATS: Tuple[JsonFormat, ...] = (
    VideoSkeletons(),
    MediaPipe(),
    MediaPipeFrame(),
    OpenPose(),
    AzureKinect(),
    CocoResults(),
    CocoAnnotations(),
    MmposeVideo(),
    RtmlibVideo(),
    MmposeFrame(),
    RtmlibFrame(),
)
#: Words before the number that name no recording.
_NO_NAME = ('', 'frame')


def json_format_of(document: Any, where: str) -> JsonFormat:
    """Return the format of a document, or raise RawDataError with the known ones.

    Args:
        document: Content of a file.
        where (str): File name for error messages.
    """
    for known in JSON_FORMATS:
        if known.matches(document):
            return known
    titles = dict.fromkeys(known.title for known in JSON_FORMATS)
    raise RawDataError(f'{where}: unknown JSON, expected {"; ".join(titles)}')


class JsonFile(RecordingFormat):
    """File, or files of one frame each, in any of :data:`JSON_FORMATS`."""

    title = '.json (pose estimators)'
    pattern = JsonFormat.pattern

    def read(self, files: Sequence[Content], layout: Optional[SkeletonLayout]) -> List[Recording]:
        first = files[0]
        return json_format_of(parse_json(first.data, first.where), first.where).read(files, layout)


def holds_one_frame(data: bytes, where: str) -> bool:
    """Return True if a file holds one frame of a recording and not all of it."""
    return json_format_of(parse_json(data, where), where).per_frame


def group_frames(
    files: Sequence[RawFile], holds_one_frame: Callable[[RawFile], bool]
) -> List[Tuple[str, Tuple[RawFile, ...]]]:
    """Group files of one folder that hold a frame each and whose names differ in the last number only, in its order.

    The name of a group is the text before the number, ``'jump'`` for ``jump_000000000012_keypoints.json``, or the
    folder if there is none but ``frame``. That of a file alone is its own, without ``.json``.

    Args:
        files (Sequence[RawFile]): Files named ``.json``.
        holds_one_frame (callable): Tells if a file holds one frame; asked for the first of several.

    Returns:
        list[tuple]: Names, without folders, and files.
    """
    groups: Dict[tuple, List[Tuple[int, RawFile]]] = defaultdict(list)
    for file in files:
        folder, _, name = file.name.rpartition('/')
        match = re.fullmatch(r'(.*?)(\d{1,18})(\D*)\.json', name)
        key = (file.source, folder) + (match.group(1, 3) if match else (name,))
        groups[key].append((int(match[2]) if match else 0, file))
    found: List[Tuple[str, Tuple[RawFile, ...]]] = []
    for key, group in sorted(groups.items()):
        members = sorted(group, key=lambda pair: pair[0])
        if len(members) > 1 and holds_one_frame(members[0][1]):
            found.append((_name(key), _in_order(members)))
        else:
            found += [(os.path.splitext(file.name.rpartition('/')[2])[0], (file,)) for _, file in members]
    return found


def _name(key: tuple) -> str:
    source, folder, stem = key[:3]
    stem = stem.rstrip('_-. ')
    if stem.lower() not in _NO_NAME:
        return stem
    return folder.rpartition('/')[2] or os.path.splitext(os.path.basename(os.path.abspath(source)))[0]


def _in_order(members: Sequence[Tuple[int, RawFile]]) -> Tuple[RawFile, ...]:
    for (before, other), (number, file) in zip(members, members[1:]):
        if number == before:
            raise RawDataError(f'frame {number} exists twice: {other.label} and {file.label}; give only one of them')
        check_gap(before, number, file.label)
    return tuple(file for _, file in members)
