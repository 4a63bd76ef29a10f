"""COCO-WholeBody: 17 joints of COCO, feet, face and hands; and parts of it. Its body alone is the layout ``coco``."""

from typing import Tuple

from ..layout import SkeletonLayout
from .chains import parents_of
from .coco import COCO

# Names, order and mirror pairs of body, feet and hands, mirror pairs of the face, and bones of feet and fingers checked
# against mmpose. The face has only numbers there: its names and its tree are our own, and so are the words for the
# joints of a finger (1 to 4 there). mmpose joins fingers to the wrist instead of the root of the hand.
_BODY = COCO[0].joints
_FEET = ('left_big_toe', 'left_small_toe', 'left_heel', 'right_big_toe', 'right_small_toe', 'right_heel')
_FACE = (
    'right_jaw_1', 'right_jaw_2', 'right_jaw_3', 'right_jaw_4', 'right_jaw_5', 'right_jaw_6', 'right_jaw_7',
    'right_jaw_8', 'chin', 'left_jaw_8',
    'left_jaw_7', 'left_jaw_6', 'left_jaw_5', 'left_jaw_4', 'left_jaw_3', 'left_jaw_2', 'left_jaw_1',
    'right_eyebrow_1', 'right_eyebrow_2', 'right_eyebrow_3', 'right_eyebrow_4', 'right_eyebrow_5',
    'left_eyebrow_5', 'left_eyebrow_4', 'left_eyebrow_3', 'left_eyebrow_2', 'left_eyebrow_1',
    'nose_bridge_1', 'nose_bridge_2', 'nose_bridge_3', 'nose_bridge_4',
    'right_nostril_1', 'right_nostril_2', 'nose_base', 'left_nostril_2', 'left_nostril_1',
    'right_eye_1', 'right_eye_2', 'right_eye_3', 'right_eye_4', 'right_eye_5', 'right_eye_6',
    'left_eye_4', 'left_eye_3', 'left_eye_2', 'left_eye_1', 'left_eye_6', 'left_eye_5',
    'right_mouth_1', 'right_mouth_2', 'right_mouth_3', 'mouth_top', 'left_mouth_3', 'left_mouth_2', 'left_mouth_1',
    'left_mouth_4', 'left_mouth_5', 'mouth_bottom', 'right_mouth_5', 'right_mouth_4',
    'right_lip_1', 'right_lip_2', 'lip_top', 'left_lip_2', 'left_lip_1', 'left_lip_3', 'lip_bottom', 'right_lip_3',
)  # fmt: skip
_FINGER_CHAINS = (
    '*_hand_root *_thumb_cmc *_thumb_mcp *_thumb_ip *_thumb_tip',
    '*_hand_root *_index_mcp *_index_pip *_index_dip *_index_tip',
    '*_hand_root *_middle_mcp *_middle_pip *_middle_dip *_middle_tip',
    '*_hand_root *_ring_mcp *_ring_pip *_ring_dip *_ring_tip',
    '*_hand_root *_pinky_mcp *_pinky_pip *_pinky_dip *_pinky_tip',
)
_HANDS = tuple(
    joint.replace('*', side)
    for side in ('left', 'right')
    for joint in ('*_hand_root', *(joint for chain in _FINGER_CHAINS for joint in chain.split()[1:]))
)

_BODY_CHAINS = (
    'nose *_eye *_ear',
    'nose *_shoulder *_elbow *_wrist',
    '*_shoulder *_hip *_knee *_ankle',
)
_FOOT_CHAINS = ('*_ankle *_big_toe', '*_ankle *_small_toe', '*_ankle *_heel')
_FACE_CHAINS = (
    'nose nose_bridge_4 nose_bridge_3 nose_bridge_2 nose_bridge_1',
    'nose_bridge_1 *_eyebrow_5 *_eyebrow_4 *_eyebrow_3 *_eyebrow_2 *_eyebrow_1',
    *(f'*_eye *_eye_{number}' for number in range(1, 7)),
    'nose nose_base *_nostril_2 *_nostril_1',
    'nose_base mouth_top *_mouth_3 *_mouth_2 *_mouth_1 *_mouth_4 *_mouth_5',
    'mouth_top lip_top *_lip_2 *_lip_1 *_lip_3',
    'lip_top lip_bottom mouth_bottom chin *_jaw_8',
    '*_jaw_8 *_jaw_7 *_jaw_6 *_jaw_5 *_jaw_4 *_jaw_3 *_jaw_2 *_jaw_1',
)
_HAND_CHAINS = ('*_wrist *_hand_root', *_FINGER_CHAINS)


def _layout(name: str, joints: Tuple[str, ...], chains: Tuple[str, ...]) -> SkeletonLayout:
    parents = parents_of(joints, *_BODY_CHAINS, *chains)
    return SkeletonLayout(name, joints, parents, center=0, spine=((11, 12), (5, 6)), shoulders=((5,), (6,)), dims=2)


COCO_WHOLEBODY = (
    _layout('coco_wholebody', _BODY + _FEET + _FACE + _HANDS, _FOOT_CHAINS + _FACE_CHAINS + _HAND_CHAINS),
    _layout('coco_wholebody_feet', _BODY + _FEET, _FOOT_CHAINS),
    _layout('coco_wholebody_hands', _BODY + _HANDS, _HAND_CHAINS),
)
