"""Skeletons of a video, as ``tools/demo/video_to_skeletons.py`` writes them.

An object with ``layout``, the name of a skeleton layout, ``fps`` and ``frames``; a frame has ``persons``, a person
``keypoints`` (one list of coordinates per joint), ``scores`` and, if a tracker gave it, ``id``. Where ``keypoints`` are
in space, in meters, ``image_keypoints`` are the same joints in pixels, which a layout of two coordinates takes.
"""

from typing import Any, List, Optional

from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import identity, list_in, numbers
from ..raw_files import RawDataError
from ..tracking import Detection, Frame


class VideoSkeletons(JsonFormat):
    """Output of ``video_to_skeletons.py``."""

    title = 'skeletons of video_to_skeletons.py (layout, frames)'

    def matches(self, document: Any) -> bool:
        return isinstance(document, dict) and 'layout' in document and 'frames' in document

    def layout_in(self, document: Any, where: str) -> Optional[SkeletonLayout]:
        layout = document.get('layout') if isinstance(document, dict) else None
        if not isinstance(layout, str) or layout not in LAYOUTS:  # a file is not told which files to read
            raise RawDataError(f'{where}: unknown layout {layout!r}; known layouts: {", ".join(LAYOUTS)}')
        return LAYOUTS[layout]

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        return [
            persons_of(frame, f'{where}: frame {number}', layout.dims)
            for number, frame in enumerate(list_in(document, 'frames', where))
        ]


def persons_of(frame: Any, where: str, dims: int) -> List[Detection]:
    """Return the persons in a frame.

    Args:
        frame (dict): Object with ``persons``.
        where (str): File and frame for error messages.
        dims (int): Coordinates that the layout has.
    """
    found = []
    for index, person in enumerate(list_in(frame, 'persons', where)):
        place = f'{where}: person {index}'
        list_in(person, 'keypoints', place)
        key = 'image_keypoints' if dims == 2 and 'image_keypoints' in person else 'keypoints'
        score = person.get('scores')
        found.append(
            Detection(
                numbers(person[key], 2, place),
                None if score is None else numbers(score, 1, place),
                identity(person.get('id'), place),
            )
        )
    return found
