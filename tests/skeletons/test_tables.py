"""Tables of the layouts against what their sources publish."""

from pathlib import Path

import mmaction
import pytest
from mmengine.config import Config

from mamp_plugin.skeletons import get_layout

MMACTION = Path(mmaction.__file__).parent / '.mim/configs/skeleton/posec3d'


def edges(layout):
    return {frozenset(bone) for bone in get_layout(layout).bones}


def pairs(*joints):
    return {frozenset(pair) for pair in zip(joints[::2], joints[1::2])}


def flipped(left, right, count):
    """Return the mirror of every joint."""
    flip = list(range(count))
    for one, other in zip(left, right):
        flip[one], flip[other] = other, one
    return tuple(flip)


def test_coco_flips_as_in_mmaction2():
    cfg = Config.fromfile(MMACTION / 'slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py')
    assert get_layout('coco').mirror == flipped(cfg.left_kp, cfg.right_kp, 17)


def test_halpe26():
    """Names of the data set, links of mmpose."""
    layout = get_layout('halpe26')
    assert layout.mirror == flipped((*range(1, 17, 2), 20, 22, 24), (*range(2, 17, 2), 21, 23, 25), 26)
    assert [layout.joints.index(name) for name in ('head', 'neck', 'hip_center', 'left_heel')] == [17, 18, 19, 24]
    links = pairs(15, 13, 13, 11, 11, 19, 16, 14, 14, 12, 12, 19, 17, 18, 18, 19, 18, 5, 5, 7, 7, 9, 18, 6, 6, 8, 8, 10)
    links |= pairs(1, 2, 0, 1, 0, 2, 1, 3, 2, 4, 3, 5, 4, 6, 15, 20, 15, 22, 15, 24, 16, 21, 16, 23, 16, 25)
    assert edges('halpe26') - links == pairs(0, 18)  # mmpose joins head and face by the ears only


class TestCocoWholebody:
    layout = get_layout('coco_wholebody')

    def test_mirror_is_mmposes(self):
        face = flipped(
            (*range(8), *range(17, 22), 31, 32, 36, 37, 38, 39, 40, 41, 48, 49, 50, 55, 56, 60, 61, 65),
            (*range(16, 8, -1), *range(26, 21, -1), 35, 34, 45, 44, 43, 42, 47, 46, 54, 53, 52, 59, 58, 64, 63, 67),
            68,
        )
        hands = (*range(112, 133), *range(91, 112))
        feet = (20, 21, 22, 17, 18, 19)
        assert self.layout.mirror == (*get_layout('coco').mirror, *feet, *(23 + joint for joint in face), *hands)

    def test_bones_of_feet_and_fingers_are_mmposes(self):
        links = pairs(15, 17, 15, 18, 15, 19, 16, 20, 16, 21, 16, 22)
        for wrist, root in ((9, 91), (10, 112)):
            links |= pairs(wrist, root)  # not joined there: its fingers begin at the wrist
            for first in range(root + 1, root + 21, 4):
                links |= pairs(root, first, first, first + 1, first + 1, first + 2, first + 2, first + 3)
        face = set(range(23, 91))
        assert {bone for bone in edges('coco_wholebody') if not bone & face} == links | edges('coco')

    def test_fingers_and_face_are_named_in_order(self):
        fingers = ['thumb', 'index', 'middle', 'ring', 'pinky']
        assert [name.split('_')[1] for name in self.layout.joints[92:112]] == [
            each for each in fingers for _ in range(4)
        ]
        # person's right first, as in the 68 points of iBUG
        assert [self.layout.joints[23 + point] for point in (0, 8, 17, 27, 36, 48, 60)] == [
            *('right_jaw_1', 'chin', 'right_eyebrow_1', 'nose_bridge_1', 'right_eye_1', 'right_mouth_1', 'right_lip_1')
        ]

    @pytest.mark.parametrize(
        'name, indices', [('coco', range(17)), ('_feet', range(23)), ('_hands', [*range(17), *range(91, 133)])]
    )
    def test_subsets(self, name, indices):
        subset = get_layout(name if name == 'coco' else f'coco_wholebody{name}')
        assert subset.joints == tuple(self.layout.joints[joint] for joint in indices)
        parents = [self.layout.parents[joint] for joint in indices]
        assert subset.parents == tuple(list(indices).index(parent) for parent in parents)


def test_body_25():
    """Part pairs of OpenPose, but for the two from the shoulders to the ears."""
    links = pairs(1, 8, 1, 2, 1, 5, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 8, 12, 12, 13, 13, 14, 1, 0, 0, 15)
    links |= pairs(15, 17, 0, 16, 16, 18, 14, 19, 19, 20, 14, 21, 11, 22, 22, 23, 11, 24)
    layout = get_layout('body_25')
    assert edges('body_25') == links
    assert layout.mirror == flipped(
        (5, 6, 7, 12, 13, 14, 16, 18, 19, 20, 21), (2, 3, 4, 9, 10, 11, 15, 17, 22, 23, 24), 25
    )
    assert layout.joints[:19] == (*get_layout('openpose').joints[:8], 'hip_center', *get_layout('openpose').joints[8:])


def test_mediapipe():
    """Connections of MediaPipe Pose."""
    links = pairs(0, 1, 1, 2, 2, 3, 3, 7, 0, 4, 4, 5, 5, 6, 6, 8, 11, 13, 13, 15, 15, 17, 15, 19, 15, 21)
    links |= pairs(12, 14, 14, 16, 16, 18, 16, 20, 16, 22, 11, 23, 12, 24, 23, 25, 24, 26, 25, 27, 26, 28, 27, 29)
    links |= pairs(28, 30, 29, 31, 30, 32, 27, 31, 28, 32)
    assert edges('mediapipe') - links == pairs(0, 9, 0, 10, 0, 11, 0, 12)
    left = (1, 2, 3, *range(7, 33, 2))
    assert get_layout('mediapipe').mirror == flipped(left, (4, 5, 6, *range(8, 33, 2)), 33)
    assert all(get_layout('mediapipe').joints[joint].startswith('left_') for joint in left)


def test_human36m():
    """17 of the 32 joints of the recordings, as VideoPose3D selects and rewires them."""
    parents = [-1, 0, 1, 2, 3, 4, 0, 6, 7, 8, 9, 0, 11, 12, 13, 14, 12, 16, 17, 18, 19, 20, 19, 22, 12, 24, 25, 26, 27]
    parents += [28, 27, 30]
    left = {6, 7, 8, 9, 10, 16, 17, 18, 19, 20, 21, 22, 23}
    kept = [joint for joint in range(32) if joint not in (4, 5, 9, 10, 11, 16, *range(20, 25), *range(28, 32))]
    layout = get_layout('h36m')

    def nearest(joint):
        """The nearest kept ancestor."""
        parent = parents[joint]
        while parent not in kept and parent != -1:
            parent = parents[parent]
        return kept.index(parent) if parent != -1 else 0

    expected = [nearest(joint) for joint in kept]
    expected[11] = expected[14] = 8
    assert layout.parents == tuple(expected)
    sides = [joint.partition('_')[0] == 'left' for joint in layout.joints]
    assert sides == [joint in left for joint in kept]


def test_smpl():
    parents = (0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
    left, right = (1, 4, 7, 10, 13, 16, 18, 20, 22), (2, 5, 8, 11, 14, 17, 19, 21, 23)
    layout, body = get_layout('smpl'), get_layout('smpl22')
    assert layout.parents == parents and layout.mirror == flipped(left, right, 24)
    assert all(layout.joints[joint].startswith('left_') for joint in left)
    assert (body.joints, body.parents) == (layout.joints[:22], parents[:22])


def test_azure_kinect():
    parents = (0, 0, 1, 2, 2, 4, 5, 6, 7, 8, 7, 2, 11, 12, 13, 14, 15, 14, 0, 18, 19, 20, 0, 22, 23, 24, 3)
    layout = get_layout('azure_kinect')
    assert layout.parents == (*parents, 26, 26, 26, 26, 26)
    left = (*range(4, 11), *range(18, 22), 28, 29)
    assert layout.mirror == flipped(left, (*range(11, 18), *range(22, 26), 30, 31), 32)
    assert all(layout.joints[joint].startswith('left_') for joint in left)
