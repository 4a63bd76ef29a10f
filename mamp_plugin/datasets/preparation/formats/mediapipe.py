"""Landmarks of MediaPipe Pose.

There is no file format of its own; known are the forms that its results have as JSON, a list of frames or one frame a
file. A frame is the result of the Tasks API (``pose_world_landmarks`` and ``pose_landmarks``, or ``worldLandmarks`` and
``landmarks`` in JavaScript, a list of persons) or of the older Solutions (``poseWorldLandmarks``; one person, perhaps
within ``landmark``), or landmarks alone. A landmark is an object with ``x``, ``y``, ``z`` and perhaps ``visibility``. A
frame without persons is null, an empty list or an object with empty lists. The names are from memory; those of Python's
Tasks API and Solutions were compared with results of mediapipe 0.10.21.

World landmarks, in meters around the hips, come first. Those of the image, shares of its width and height, are taken
where a file has no others.
"""

from typing import Any, List, Optional

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import depth_of, numbers
from ..raw_files import RawDataError
from ..tracking import Detection, Frame

_WORLD = ('pose_world_landmarks', 'poseWorldLandmarks', 'worldLandmarks')
_IMAGE = ('pose_landmarks', 'poseLandmarks', 'landmarks')
#: Meters around the hips and shares of the image stay far below; pixels do not.
_LARGEST = 20


class MediaPipe(JsonFormat):
    """Landmarks of every frame of a video."""

    title = 'landmarks of MediaPipe Pose (33 joints with x, y, z)'
    layouts = ('mediapipe',)

    def matches(self, document: Any) -> bool:
        frames = _frames_in(document)
        return isinstance(frames, list) and _is_frame(next(filter(None, frames), None))

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        frames = _frames_in(document)
        keys = _IMAGE if layout is not None and layout.dims == 2 else _WORLD
        if not any(isinstance(frame, dict) and frame.get(key) for frame in frames for key in keys):
            keys = _IMAGE
        found: List[Frame] = []
        for number, frame in enumerate(frames):
            place = f'{where}: frame {number}'
            poses = enumerate(_poses(frame, keys, place))
            found.append([_detection(pose, f'{place}: person {index}', layout) for index, pose in poses])
        return found


class MediaPipeFrame(MediaPipe):
    """Landmarks of one frame."""

    per_frame = True

    def matches(self, document: Any) -> bool:
        return depth_of(document) < 2 and _is_frame(document)  # lists of lists are the frames of a video

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        return super().frames([document], where, layout)


def _frames_in(document: Any) -> Any:
    return document.get('frames') if isinstance(document, dict) else document


def _is_frame(frame: Any) -> bool:
    if isinstance(frame, dict):
        return any(key in frame for key in (*_WORLD, *_IMAGE))
    while isinstance(frame, list) and frame and isinstance(frame[0], list):
        frame = frame[0]
    return isinstance(frame, list) and bool(frame) and _is_landmark(frame[0])


def _is_landmark(value: Any) -> bool:
    return isinstance(value, dict) and {'x', 'y', 'z'} <= value.keys()


def _poses(frame: Any, keys: tuple, where: str) -> List[list]:
    """Return the landmarks of every person in a frame."""
    if isinstance(frame, dict):
        frame = next((frame[key] for key in keys if frame.get(key)), None)
        frame = frame.get('landmark') if isinstance(frame, dict) else frame
    if not frame:
        return []
    if not isinstance(frame, list):
        raise RawDataError(f'{where}: expected a list of landmarks, found {type(frame).__name__}')
    return frame if isinstance(frame[0], list) else [frame]


def _detection(pose: Any, where: str, layout: Optional[SkeletonLayout]) -> Detection:
    if not isinstance(pose, list) or not all(map(_is_landmark, pose)):
        raise RawDataError(f'{where}: expected a list of landmarks with x, y and z')
    axes = 'xy' if layout is not None and layout.dims == 2 else 'xyz'
    keypoint = numbers([[landmark[axis] for axis in axes] for landmark in pose], 2, where)
    if np.abs(keypoint).max() > _LARGEST:
        raise RawDataError(
            f'{where}: coordinates up to {np.abs(keypoint).max():.0f}, expected meters or shares of the image; divide '
            'pixels by the width and height of the image'
        )
    seen = [landmark['visibility'] for landmark in pose if landmark.get('visibility') is not None]
    if seen and len(seen) < len(pose):
        raise RawDataError(f'{where}: {len(seen)} of {len(pose)} landmarks have a visibility; give it for all or none')
    return Detection(keypoint, numbers(seen, 1, where) if seen else None)
