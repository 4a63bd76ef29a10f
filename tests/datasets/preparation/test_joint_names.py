import pytest

from mamp_plugin.datasets.preparation import RawDataError
from mamp_plugin.datasets.preparation.joint_names import joint_places, normalize_name, pick_joints
from mamp_plugin.skeletons import get_layout

# names of the Kinect SDK
KINECT = [
    'SpineBase', 'SpineMid', 'Neck', 'Head', 'ShoulderLeft', 'ElbowLeft',
    'WristLeft', 'HandLeft', 'ShoulderRight', 'ElbowRight', 'WristRight', 'HandRight',
    'HipLeft', 'KneeLeft', 'AnkleLeft', 'FootLeft', 'HipRight', 'KneeRight',
    'AnkleRight', 'FootRight', 'SpineShoulder', 'HandTipLeft', 'ThumbLeft', 'HandTipRight',
    'ThumbRight',
]  # fmt: skip
NTU = get_layout('nturgb+d')


@pytest.mark.parametrize(
    'name, expected',
    [
        ('left_elbow', 'left_elbow'),
        ('LeftForeArm', 'left_fore_arm'),
        ('mixamorig:LeftHand', 'left_hand'),
        ('L_Elbow', 'left_elbow'),
        ('elbow.R', 'right_elbow'),
        ('Elbow-Right', 'right_elbow'),
        ('RIGHT_ELBOW', 'right_elbow'),
        ('LHipJoint', 'left_hip_joint'),
        ('rShldr', 'right_shldr'),
        ('Bip01 L Hand', 'left_bip_01_hand'),
        ('LeftHandIndex1', 'left_hand_index_1'),
        ('Spine1', 'spine_1'),
        ('Subject:LASI', 'lasi'),
        ('L', 'l'),
        ('', ''),
    ],
)
def test_normalize_name(name, expected):
    assert normalize_name(name) == expected
    assert normalize_name(expected) == expected


def test_names_of_the_kinect_sdk():
    assert pick_joints(['Time', *KINECT], NTU, 'a.csv') == list(range(1, 26))


def test_the_own_name_goes_before_a_synonym():
    names = [*KINECT, 'hip_center']
    assert pick_joints(names, NTU, 'a.csv')[0] == 25


def test_a_missing_joint():
    assert joint_places(KINECT[1:], NTU, 'a.csv') == [None, *range(24)]
    with pytest.raises(
        RawDataError, match=r'^a.csv: no hip_center, which layout nturgb\+d has; the file has SpineMid, '
    ):
        pick_joints(KINECT[1:], NTU, 'a.csv')


def test_no_layout():
    with pytest.raises(RawDataError, match=r'^a.csv: name the layout, --layout .* the file has SpineBase, SpineMid'):
        pick_joints(KINECT, None, 'a.csv')


def test_names_that_mean_the_same():
    with pytest.raises(RawDataError, match="^a.csv: 'Neck' and 'NECK' are both neck; rename one"):
        pick_joints([*KINECT, 'NECK'], NTU, 'a.csv')
