"""JSON files of pose estimators: recognized by their content, numbered ones grouped to recordings."""

import os
import re
from collections import defaultdict
from typing import Any, Dict, List, Optional, Sequence, Tuple

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


def group_frames(files: Sequence[RawFile]) -> List[Tuple[str, List[RawFile]]]:
    """Group files of one folder whose names differ in the last number only, in the order of that number.

    The name of a group is the text before the number, ``'jump'`` for ``jump_000000000012_keypoints.json``, or the
    folder if there is none but ``frame``. That of a file alone is its own, without ``.json``.

    Args:
        files (Sequence[RawFile]): Files named ``.json``.

    Returns:
        list[tuple]: Names and files. Whether the files hold one frame each, ``JsonFormat.per_frame`` of the first says.
    """
    groups: Dict[tuple, List[Tuple[int, RawFile]]] = defaultdict(list)
    for file in files:
        folder, _, name = file.name.rpartition('/')
        match = re.fullmatch(r'(.*?)(\d{1,18})(\D*)\.json', name)
        key = (file.source, folder) + (match.group(1, 3) if match else (name,))
        groups[key].append((int(match[2]) if match else 0, file))
    return [
        (_name(key, members[0][1], len(members)), _in_order(members))
        for key, members in ((key, sorted(group, key=lambda pair: pair[0])) for key, group in sorted(groups.items()))
    ]


def _name(key: tuple, file: RawFile, count: int) -> str:
    source, folder, stem = key[:3]
    if count == 1:
        return os.path.splitext(file.name.rpartition('/')[2])[0]
    stem = stem.rstrip('_-. ')
    if stem.lower() not in _NO_NAME:
        return stem
    return folder.rpartition('/')[2] or os.path.splitext(os.path.basename(os.path.abspath(source)))[0]


def _in_order(members: Sequence[Tuple[int, RawFile]]) -> List[RawFile]:
    for (before, other), (number, file) in zip(members, members[1:]):
        if number == before:
            raise RawDataError(f'frame {number} exists twice: {other.label} and {file.label}; give only one of them')
        check_gap(before, number, file.label)
    return [file for _, file in members]
