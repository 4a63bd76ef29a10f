"""Keypoints of OpenPose (``--write_json``), one file per frame, with 25 joints (BODY_25) or 18 (COCO).

A file has ``people`` with ``pose_keypoints_2d``: x, y and score of every joint, zero for those that are missing.
``person_id`` is [-1] without tracking. Hands and face are ignored. ``pose_keypoints_3d`` is read if a layout of three
coordinates is named. Compared with the output page of its documentation.
"""

from typing import Any, List, Optional

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import identity, joints_of, list_in
from ..raw_files import RawDataError
from ..tracking import Detection, Frame


class OpenPose(JsonFormat):
    """Files ``NAME_000000000012_keypoints.json``."""

    title = 'keypoints of OpenPose (people), a file per frame'
    layouts = ('body_25', 'openpose')
    per_frame = True

    def matches(self, document: Any) -> bool:
        return isinstance(document, dict) and 'people' in document

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        dims = 2 if layout is None else layout.dims
        people = list_in(document, 'people', where)
        return [[_person(person, dims, f'{where}: person {index}') for index, person in enumerate(people)]]


def _person(person: Any, dims: int, where: str) -> Detection:
    joints = joints_of(list_in(person, f'pose_keypoints_{dims}d', where), dims + 1, where)
    given = person.get('person_id', [-1])
    if not isinstance(given, list) or len(given) != 1:
        raise RawDataError(f'{where}: expected a list of one number, "person_id": [-1] for none')
    person_id = identity(given[0], where)
    return Detection(joints[:, :dims], joints[:, dims], None if person_id == -1 else person_id)
