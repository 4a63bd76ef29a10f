"""Layout of MediaPipe Pose."""

from ..layout import SkeletonLayout
from .chains import parents_of

# Names and order checked against the enum PoseLandmark, bones against POSE_CONNECTIONS, which joins neither mouth nor
# shoulders to the nose. A mouth joint is a corner of the mouth; the toe is called foot index there.
_JOINTS = (
    'nose', 'left_eye_inner', 'left_eye', 'left_eye_outer', 'right_eye_inner', 'right_eye', 'right_eye_outer',
    'left_ear', 'right_ear', 'left_mouth', 'right_mouth', 'left_shoulder', 'right_shoulder',
    'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_pinky', 'right_pinky',
    'left_index', 'right_index', 'left_thumb', 'right_thumb', 'left_hip', 'right_hip',
    'left_knee', 'right_knee', 'left_ankle', 'right_ankle', 'left_heel', 'right_heel', 'left_toe', 'right_toe',
)  # fmt: skip

MEDIAPIPE = (
    SkeletonLayout(
        name='mediapipe',
        joints=_JOINTS,
        parents=parents_of(
            _JOINTS,
            'nose *_eye_inner *_eye *_eye_outer *_ear',
            'nose *_mouth',
            'nose *_shoulder *_elbow *_wrist *_index',
            '*_wrist *_pinky',
            '*_wrist *_thumb',
            '*_shoulder *_hip *_knee *_ankle *_heel',
            '*_ankle *_toe',
        ),
        center=0,
        spine=((23, 24), (11, 12)),
        shoulders=((11,), (12,)),
    ),
)
