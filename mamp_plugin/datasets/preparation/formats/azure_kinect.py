"""Bodies of Azure Kinect, as ``offline_processor`` of Microsoft's body tracking samples writes them.

An object with ``joint_names`` and ``frames``; a frame has ``frame_id`` and ``bodies``, a body ``body_id`` and
``joint_positions`` in millimeters, which become meters here. ``joint_orientations`` are ignored. The sample writes no
confidence; ``confidence_levels``, one number per joint (0 none to 3 high), become scores from 0 to 1 where other
programs add them, and that key is our assumption.
"""

from typing import Any, List, Optional

import numpy as np

from mamp_plugin.skeletons import SkeletonLayout

from ..json_format import JsonFormat
from ..json_values import fill_frames, identity, last_number, list_in, numbers
from ..raw_files import RawDataError
from ..tracking import Detection, Frame

_LIMBS = ('CLAVICLE', 'SHOULDER', 'ELBOW', 'WRIST', 'HAND', 'HANDTIP', 'THUMB'), ('HIP', 'KNEE', 'ANKLE', 'FOOT')
#: Names in the sample, in the order of the layout.
JOINTS = (
    'PELVIS', 'SPINE_NAVEL', 'SPINE_CHEST', 'NECK',
    *(f'{joint}_{side}' for limb in _LIMBS for side in ('LEFT', 'RIGHT') for joint in limb),
    'HEAD', 'NOSE', 'EYE_LEFT', 'EAR_LEFT', 'EYE_RIGHT', 'EAR_RIGHT',
)  # fmt: skip
#: A body is larger in millimeters, and smaller in meters.
_SMALLEST = 20
_HIGH_CONFIDENCE = 3


class AzureKinect(JsonFormat):
    """Bodies of every frame of a recording."""

    title = 'bodies of Azure Kinect (joint_names, frames)'
    layouts = ('azure_kinect',)

    def matches(self, document: Any) -> bool:
        return isinstance(document, dict) and 'joint_names' in document and 'frames' in document

    def frames(self, document: Any, where: str, layout: Optional[SkeletonLayout]) -> List[Frame]:
        order = _order(list_in(document, 'joint_names', where), where)
        frames, places = [], []
        for number, frame in enumerate(list_in(document, 'frames', where)):
            bodies = list_in(frame, 'bodies', f'{where}: frame {number}')
            place = last_number(frame.get('frame_id', number), f'{where}: frame {number}')
            frames.append(
                [_body(body, order, f'{where}: frame {place}: person {index}') for index, body in enumerate(bodies)]
            )
            places.append(place)
        return fill_frames(frames, places, where)


def _order(names: List[Any], where: str) -> List[int]:
    """Return the place in the file of every joint of the layout."""
    names = ['SPINE_NAVEL' if name == 'SPINE_NAVAL' else name for name in names]  # so spelled by older versions
    missing = [joint for joint in JOINTS if joint not in names]
    if missing or len(names) != len(JOINTS):
        raise RawDataError(
            f'{where}: expected the {len(JOINTS)} joint_names of Azure Kinect, found {len(names)}'
            + (f' without {", ".join(missing)}' if missing else '')
        )
    return [names.index(joint) for joint in JOINTS]


def _body(body: Any, order: List[int], where: str) -> Detection:
    positions = numbers(list_in(body, 'joint_positions', where), 2, where)
    if positions.shape != (len(order), 3):
        raise RawDataError(f'{where}: expected {len(order)} joints of 3 coordinates, found {positions.shape}')
    size = np.ptp(positions, axis=0).max()
    if size < _SMALLEST:
        raise RawDataError(f'{where}: a body of {size:.3g} millimeters; expected positions in millimeters, not meters')
    score = body.get('confidence_levels')
    if score is not None:
        score = numbers(score, 1, where)
        if len(score) != len(order):
            raise RawDataError(f'{where}: expected {len(order)} confidence_levels, found {len(score)}')
        score = score[order] / _HIGH_CONFIDENCE
    return Detection(positions[order] / 1000, score, identity(body.get('body_id'), where))
