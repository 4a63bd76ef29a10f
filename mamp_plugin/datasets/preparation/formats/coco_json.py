"""Keypoints in COCO's JSON files, and AlphaPose's results, which extend them.

Results are a list with an object per person: ``image_id``, ``keypoints`` (x, y, score of every joint) and ``score``.
AlphaPose names the image (``'12.jpg'``) and adds ``idx``, the person, or 0 for all without tracking. Annotations are
an object with ``images`` and ``annotations``, whose keypoints have a flag instead of a score; 0 marks a missing joint.

Frames are ordered by the number of the image; results leave out images without persons, which become empty frames.
Annotations list all images, ordered by the number in their name or, without a name, by ``id``.
AlphaPose's other forms (``cmu``, ``open``) and its 136 joints (Halpe) are not read.
"""

from collections import defaultdict
from typing import Any, Dict, List, Optional, Tuple

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import depth_of, fill_frames, identity, is_number, joints_of, last_number, list_in
from ..raw_files import RawDataError
from ..tracking import Detection, Frame

_LAYOUTS = ('coco', 'halpe26', 'coco_wholebody')


class CocoResults(JsonFormat):
    """List of persons with the image that they are in."""

    title = 'keypoint results of COCO or AlphaPose (image_id, keypoints)'
    layouts = _LAYOUTS

    def matches(self, document: Any) -> bool:
        first = document[0] if isinstance(document, list) and document else None
        return isinstance(first, dict) and 'image_id' in first and 'keypoints' in first

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        frames: Dict[int, List[Detection]] = defaultdict(list)
        for index, person in enumerate(document):
            if not isinstance(person, dict) or 'image_id' not in person:
                raise RawDataError(f'{where}: entry {index}: expected an object with "image_id" and "keypoints"')
            image = last_number(_stem(person['image_id']), f'{where}: entry {index}')
            place = f'{where}: image {person["image_id"]}: person {len(frames[image])}'
            joints = joints_of(list_in(person, 'keypoints', place), 3, place)
            given = person.get('track_id', _first(person.get('idx')))
            frames[image].append(Detection(joints[:, :2], joints[:, 2], identity(given, place)))
        return fill_frames(_without_zero(frames), sorted(frames), where)


class CocoAnnotations(JsonFormat):
    """Images with the annotated persons."""

    title = 'keypoint annotations of COCO (images, annotations)'
    layouts = _LAYOUTS

    def matches(self, document: Any) -> bool:
        return isinstance(document, dict) and 'images' in document and 'annotations' in document

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        images: Dict[Any, List[Detection]] = {}
        for image in sorted(list_in(document, 'images', where), key=lambda image: _order(image, where)):
            if image['id'] in images:
                raise RawDataError(f'{where}: image {image["id"]} is listed twice')
            images[image['id']] = []
        for index, person in enumerate(list_in(document, 'annotations', where)):
            image = person.get('image_id') if isinstance(person, dict) else None
            if not isinstance(image, (int, str)) or image not in images:
                raise RawDataError(f'{where}: annotation {index}: image_id {image!r} is not listed in "images"')
            place = f'{where}: image {image}: person {len(images[image])}'
            joints = joints_of(list_in(person, 'keypoints', place), 3, place)
            joints[joints[:, 2] == 0] = 0
            images[image].append(Detection(joints[:, :2], person=identity(person.get('track_id'), place)))
        return list(images.values())


def _stem(image: Any) -> Any:
    """Return the name of an image without suffix, in which ``.mp4`` and the like would be a number."""
    return image.rpartition('.')[0] or image if isinstance(image, str) else image


def _first(value: Any) -> Any:
    """Return the first identity of a person whom AlphaPose merged of several."""
    for _ in range(depth_of(value)):
        value = next(iter(value), None)
    return value


def _without_zero(frames: Dict[int, List[Detection]]) -> List[Frame]:
    """Return frames in order, without identities if all are 0."""
    ordered: List[Frame] = [frames[image] for image in sorted(frames)]
    if any(person.person != 0 for frame in ordered for person in frame):
        return ordered
    return [[person._replace(person=None) for person in frame] for frame in ordered]


def _order(image: Any, where: str) -> Tuple[int, str]:
    if not isinstance(image, dict) or not (isinstance(image.get('id'), str) or is_number(image.get('id'))):
        raise RawDataError(f'{where}: expected images with an "id", a text or an integer of at most 64 bits')
    return last_number(_stem(image.get('file_name', image['id'])), where), str(image.get('file_name', ''))
