"""Arrays of rtmlib.

rtmlib writes no files. Its results, ``keypoints`` of shape (persons, joints, 2) and ``scores`` of shape (persons,
joints), are known as an object per frame with these keys (or ``keypoint_scores``): a list of frames, also under
``frames``, or one frame a file.
"""

from typing import Any, List, Optional

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import depth_of, list_in, numbers
from ..raw_files import RawDataError
from ..tracking import Detection, Frame


class RtmlibVideo(JsonFormat):
    """Arrays of every frame of a video."""

    title = 'arrays of rtmlib (keypoints and scores of all persons)'
    layouts = ('coco', 'halpe26', 'coco_wholebody')

    def matches(self, document: Any) -> bool:
        frames = _frames_in(document)
        return isinstance(frames, list) and any(_is_frame(frame) and frame['keypoints'] for frame in frames)

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        return [_persons(frame, f'{where}: frame {number}') for number, frame in enumerate(_frames_in(document))]


class RtmlibFrame(RtmlibVideo):
    """Arrays of one frame."""

    per_frame = True

    def matches(self, document: Any) -> bool:
        return _is_frame(document)

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        return [_persons(document, where)]


def _frames_in(document: Any) -> Any:
    return document.get('frames') if isinstance(document, dict) else document


def _is_frame(frame: Any) -> bool:
    return isinstance(frame, dict) and (frame.get('keypoints') == [] or depth_of(frame.get('keypoints')) == 3)


def _persons(frame: Any, where: str) -> List[Detection]:
    if frame is None or (isinstance(frame, dict) and frame.get('keypoints') == []):
        return []
    keypoints = numbers(list_in(frame, 'keypoints', where), 3, where)
    score = frame.get('keypoint_scores', frame.get('scores'))
    if score is None:
        return [Detection(person) for person in keypoints]
    scores = numbers(score, 2, where)
    if scores.shape != keypoints.shape[:2]:
        raise RawDataError(
            f'{where}: keypoints have shape {keypoints.shape}, scores {scores.shape}; expected one a joint'
        )
    return list(map(Detection, keypoints, scores))
