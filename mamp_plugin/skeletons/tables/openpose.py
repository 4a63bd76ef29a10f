"""Layouts of OpenPose."""

from ..layout import SkeletonLayout
from .chains import parents_of

# BODY_25: names and order checked against OpenPose's list of body parts, bones against its list of part pairs.
_BODY_25 = (
    'nose', 'neck',
    'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist', 'hip_center',
    'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
    'right_eye', 'left_eye', 'right_ear', 'left_ear',
    'left_big_toe', 'left_small_toe', 'left_heel', 'right_big_toe', 'right_small_toe', 'right_heel',
)  # fmt: skip

# fmt: off
OPENPOSE = (
    SkeletonLayout(
        name='openpose',
        joints=(
            'nose', 'neck',
            'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist',
            'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
            'right_eye', 'left_eye', 'right_ear', 'left_ear'),
        parents=(1, 1, 1, 2, 3, 1, 5, 6, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15),
        center=1,
        spine=((8, 11), (1, )),
        shoulders=((5, ), (2, )),
        dims=2),
    SkeletonLayout(
        name='body_25',
        joints=_BODY_25,
        parents=parents_of(
            _BODY_25,
            'neck nose *_eye *_ear',
            'neck *_shoulder *_elbow *_wrist',
            'neck hip_center *_hip *_knee *_ankle *_big_toe *_small_toe',
            '*_ankle *_heel'),
        center=1,
        spine=((8, ), (1, )),
        shoulders=((5, ), (2, )),
        dims=2),
)
# fmt: on
