"""Layouts of motion capture: Human3.6M and SMPL."""

from dataclasses import replace

from ..layout import SkeletonLayout
from .chains import parents_of

# Human3.6M: parents and sides checked against VideoPose3D, names against mmpose. Old metadata of mmpose calls joints
# 1 to 3 left. Joint 8 is called thorax, joint 9 neck, neck base or nose, joints 3 and 6 foot, though at the ankle.
_H36M = (
    'hip_center', 'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
    'spine', 'shoulder_center', 'neck', 'head',
    'left_shoulder', 'left_elbow', 'left_wrist', 'right_shoulder', 'right_elbow', 'right_wrist',
)  # fmt: skip
# SMPL: names and order checked against smplx, parents against several projects that use the model.
_SMPL = (
    'hip_center', 'left_hip', 'right_hip', 'spine_1', 'left_knee', 'right_knee', 'spine_2', 'left_ankle', 'right_ankle',
    'spine_3', 'left_foot', 'right_foot', 'neck', 'left_collar', 'right_collar', 'head',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
    'left_hand', 'right_hand',
)  # fmt: skip

_H36M_LAYOUT = SkeletonLayout(
    name='h36m',
    joints=_H36M,
    parents=parents_of(
        _H36M,
        'hip_center spine shoulder_center neck head',
        'shoulder_center *_shoulder *_elbow *_wrist',
        'hip_center *_hip *_knee *_ankle',
    ),
    center=0,
    spine=((0,), (8,)),
    shoulders=((11,), (14,)),
)
_SMPL_LAYOUT = SkeletonLayout(
    name='smpl',
    joints=_SMPL,
    parents=parents_of(
        _SMPL,
        'hip_center spine_1 spine_2 spine_3 neck head',
        'spine_3 *_collar *_shoulder *_elbow *_wrist *_hand',
        'hip_center *_hip *_knee *_ankle *_foot',
    ),
    center=0,
    spine=((0,), (9,)),
    shoulders=((16,), (17,)),
)
#: The 22 joints without hands are those of the body of SMPL-H and SMPL-X.
_SMPL_BODY = replace(_SMPL_LAYOUT, name='smpl22', joints=_SMPL[:22], parents=_SMPL_LAYOUT.parents[:22])

MOTION_CAPTURE = (_H36M_LAYOUT, _SMPL_LAYOUT, _SMPL_BODY)
