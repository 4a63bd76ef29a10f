"""Layouts of COCO and of data sets that extend it."""

from ..layout import SkeletonLayout
from .chains import parents_of

# Halpe 26: names and order checked against the data set's own list and mmpose, bones against mmpose, whose head and
# face are not joined. The head is its top.
_HALPE26 = (
    'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
    'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle', 'head', 'neck', 'hip_center',
    'left_big_toe', 'right_big_toe', 'left_small_toe', 'right_small_toe', 'left_heel', 'right_heel',
)  # fmt: skip

# fmt: off
COCO = (
    SkeletonLayout(
        name='coco',
        joints=(
            'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
            'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
            'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle'),
        parents=(0, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14),
        center=0,
        spine=((11, 12), (5, 6)),
        shoulders=((5, ), (6, )),
        dims=2),
    SkeletonLayout(
        name='halpe26',
        joints=_HALPE26,
        parents=parents_of(
            _HALPE26,
            'neck head',
            'neck nose *_eye *_ear',
            'neck *_shoulder *_elbow *_wrist',
            'neck hip_center *_hip *_knee *_ankle *_big_toe',
            '*_ankle *_small_toe',
            '*_ankle *_heel'),
        center=18,
        spine=((19, ), (18, )),
        shoulders=((5, ), (6, )),
        dims=2),
)
# fmt: on
