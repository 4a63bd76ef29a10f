"""Layouts of Kinect sensors and of data sets recorded with them."""

from ..layout import SkeletonLayout
from .chains import parents_of

# Azure Kinect: names, order and parents checked against the table "joint hierarchy" of its documentation.
_AZURE = (
    'hip_center', 'spine', 'chest', 'neck',  # pelvis, navel, chest, neck
    'left_collar', 'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand', 'left_hand_tip', 'left_thumb',
    'right_collar', 'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand', 'right_hand_tip', 'right_thumb',
    'left_hip', 'left_knee', 'left_ankle', 'left_foot', 'right_hip', 'right_knee', 'right_ankle', 'right_foot',
    'head', 'nose', 'left_eye', 'left_ear', 'right_eye', 'right_ear',
)  # fmt: skip

# fmt: off
KINECT = (
    SkeletonLayout(
        name='nturgb+d',
        joints=(
            'hip_center', 'spine', 'neck', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot',
            'shoulder_center', 'left_hand_tip', 'left_thumb', 'right_hand_tip', 'right_thumb'),
        parents=(1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18, 20, 22, 7, 24, 11),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='kinect_v1',
        joints=(
            'hip_center', 'spine', 'shoulder_center', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot'),
        parents=(1, 2, 2, 2, 2, 4, 5, 6, 2, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='sbu',
        joints=(
            'head', 'neck', 'spine',
            'left_shoulder', 'left_elbow', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_hand',
            'left_hip', 'left_knee', 'left_foot',
            'right_hip', 'right_knee', 'right_foot'),
        parents=(1, 1, 1, 1, 3, 4, 1, 6, 7, 2, 9, 10, 2, 12, 13),
        center=2,
        spine=((2, ), (1, )),
        shoulders=((3, ), (6, ))),
    SkeletonLayout(
        name='azure_kinect',
        joints=_AZURE,
        parents=parents_of(
            _AZURE,
            'hip_center spine chest neck head nose',
            'chest *_collar *_shoulder *_elbow *_wrist *_hand *_hand_tip',
            '*_wrist *_thumb',
            'hip_center *_hip *_knee *_ankle *_foot',
            'head *_eye',
            'head *_ear'),
        center=0,
        spine=((0, ), (2, )),
        shoulders=((5, ), (12, ))),
)
# fmt: on
