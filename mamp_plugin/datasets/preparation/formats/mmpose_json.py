"""Predictions of MMPose.

Its inferencer and demos write one file per video: a list of frames, each an object with ``instances`` and a
``frame_id`` that counts from 0, or this list as ``instance_info`` beside ``meta_info``. Of an image they write its
instances alone. An instance has ``keypoints``, ``keypoint_scores`` and, from a tracker, ``track_id``. The keys of an
instance were compared with ``mmpose.structures.split_instances``, the rest is from memory.
"""

from typing import Any, List, Optional

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import depth_of, fill_frames, identity, last_number, list_in, numbers
from ..raw_files import RawDataError
from ..tracking import Detection, Frame


class MmposeVideo(JsonFormat):
    """Instances of every frame of a video."""

    title = 'predictions of MMPose (instances with keypoints and keypoint_scores)'
    layouts = ('coco', 'halpe26', 'coco_wholebody')

    def matches(self, document: Any) -> bool:
        frames = _unwrapped(document)
        return isinstance(frames, list) and any(
            isinstance(frame, dict) and 'instances' in frame or isinstance(frame, list) and _are_instances(frame)
            for frame in frames
        )

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        frames, places = [], []
        for number, frame in enumerate(_unwrapped(document)):
            instances, place = frame, number
            if not isinstance(frame, list):
                instances = list_in(frame, 'instances', f'{where}: frame {number}')
                place = last_number(frame.get('frame_id', number), f'{where}: frame {number}')
            frames.append(_persons(instances, f'{where}: frame {place}'))
            places.append(place)
        return fill_frames(frames, places, where)


class MmposeFrame(MmposeVideo):
    """Instances of one frame."""

    per_frame = True

    def matches(self, document: Any) -> bool:
        instances = _unwrapped(document)
        return instances == [] or isinstance(instances, list) and _are_instances(instances)

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        return [_persons(_unwrapped(document), where)]


def _unwrapped(document: Any) -> Any:
    return document.get('instance_info') if isinstance(document, dict) else document


def _are_instances(values: list) -> bool:
    """Return True if the first value is a person: one list of numbers per joint."""
    return bool(values) and isinstance(values[0], dict) and depth_of(values[0].get('keypoints')) == 2


def _persons(instances: List[Any], where: str) -> List[Detection]:
    found = []
    for index, instance in enumerate(instances):
        place = f'{where}: person {index}'
        if not isinstance(instance, dict) or 'keypoints' not in instance:
            raise RawDataError(f'{place}: expected an object with "keypoints"')
        score = instance.get('keypoint_scores')
        found.append(
            Detection(
                numbers(instance['keypoints'], 2, place),
                None if score is None else numbers(score, 1, place),
                identity(instance.get('track_id'), place),
            )
        )
    return found
